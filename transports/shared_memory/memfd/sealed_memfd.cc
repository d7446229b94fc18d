#include "transports/shared_memory/memfd/sealed_memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "transports/sys/named_file.h"

namespace ipc_hammer {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int kSealsThatSpoil = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;

}  // namespace

Result<FileDescriptor> MakeSealedMemfd(std::size_t size_bytes, mode_t mode) {
  FileDescriptor file(memfd_create("ipc_hammer", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.is_open()) return FailErrno("memfd_create");
  if (fchmod(file.get(), mode) != 0) return FailErrno("fchmod");
  if (Result<void> reserved = ReserveBlocks(file.get(), size_bytes); !reserved) {
    return std::unexpected(reserved.error());
  }
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return FailErrno("fcntl(F_ADD_SEALS)");
  return file;
}

Result<std::uint64_t> CheckSealedMemfd(int fd) {
  // Only memory files have seals to tell; those of /dev/shm say that none can be set.
  const int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals || (seals & kSealsThatSpoil) != 0) {
    return Fail(Errc::kCorrupt, "no memory file with the seals");
  }
  struct stat status;
  if (fstat(fd, &status) != 0 || (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR) {
    return Fail(Errc::kCorrupt, "a memory file that cannot be written");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace ipc_hammer
