#include "transports/shared_memory/lock_free/role_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "transports/sys/deadlines.h"

namespace ipc_hammer {
namespace {

// There is no F_OFD_SETLKW with a time-out.
constexpr std::chrono::milliseconds kLookEvery{1};

Result<void> TryLock(int fd, Role role) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = role == Role::kProducer ? 0 : 1;
  lock.l_len = 1;
  if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EACCES || errno == EAGAIN) return Fail(Errc::kWouldBlock, "role is taken", errno);
  if (errno == ENOLCK) return Fail(Errc::kNoSpace, "fcntl(F_OFD_SETLK)", errno);
  return FailErrno("fcntl(F_OFD_SETLK)");
}

}  // namespace

Result<RoleLock> RoleLock::Acquire(FileDescriptor object, Role role, Deadline deadline) {
  for (;;) {
    const Result<void> locked = TryLock(object.get(), role);
    if (locked) return RoleLock(std::move(object));
    if (locked.error().code != Errc::kWouldBlock) return std::unexpected(locked.error());
    if (deadline.HasPassed()) return Fail(deadline.expired(), "role is taken");
    SleepWithin(deadline, kLookEvery);
  }
}

Result<FileDescriptor> OpenAgain(const FileDescriptor& object) {
  const std::string path = "/proc/self/fd/" + std::to_string(object.get());
  int fd = -1;
  do {
    fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return FileDescriptor(fd);
  if (errno == ENOENT) return Fail(Errc::kSystem, "open /proc/self/fd", errno);
  return FailErrno("open /proc/self/fd");
}

}  // namespace ipc_hammer
