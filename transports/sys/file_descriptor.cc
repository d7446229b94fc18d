#include "transports/sys/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ipc_hammer {

void FileDescriptor::Close() {
  if (fd_ < 0) return;
  const int saved = errno;
  ::close(std::exchange(fd_, -1));
  errno = saved;
}

Result<FileDescriptor> FileDescriptor::Duplicate() const {
  const int copy = ::fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) return FileDescriptor(copy);
  // F_DUPFD says EINVAL, not EMFILE, where the limit lies at or below the lowest number asked for.
  if (errno == EINVAL) return Fail(Errc::kNoSpace, "fcntl(F_DUPFD_CLOEXEC)", errno);
  return FailErrno("fcntl(F_DUPFD_CLOEXEC)");
}

}  // namespace ipc_hammer
