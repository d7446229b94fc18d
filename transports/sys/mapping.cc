#include "transports/sys/mapping.h"

#include <sys/mman.h>
#include <sys/shm.h>

#include <cerrno>

namespace ipc_hammer {

Result<Mapping> Mapping::Shared(int fd, std::size_t size_bytes) {
  void* data = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return FailErrno("mmap");
  return Mapping(static_cast<std::byte*>(data), size_bytes);
}

Result<Mapping> Mapping::Anonymous(std::size_t size_bytes) {
  void* data = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return FailErrno("mmap");
  return Mapping(static_cast<std::byte*>(data), size_bytes);
}

Result<Mapping> Mapping::Segment(int id) {
  const auto fail = [](const char* call) {
    const int saved = errno;
    const bool is_gone = saved == EINVAL || saved == EIDRM;
    return Fail(is_gone ? Errc::kNotFound : ErrcFromErrno(saved), call, saved);
  };
  shmid_ds status{};
  if (shmctl(id, IPC_STAT, &status) != 0) return fail("shmctl");
  void* data = shmat(id, nullptr, 0);
  if (data == reinterpret_cast<void*>(-1)) return fail("shmat");
  return Mapping(static_cast<std::byte*>(data), status.shm_segsz);
}

Mapping::~Mapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  Mapping old = std::move(*this);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

}  // namespace ipc_hammer
