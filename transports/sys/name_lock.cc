#include "transports/sys/name_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace ipc_hammer {
namespace {

constexpr mode_t kLockMode = 0600;
// Each retry means that another process finished with the name in between; so many in a row means
// that something is wrong with the folder.
constexpr int kAttemptsMax = 1000;

int OpenRetrying(const char* path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// A file that we own and cannot open: its creator died between open, which the umask narrows, and
// fchmod. Gives it its mode. O_PATH needs no permission, and its descriptor cannot be redirected.
bool RestoreMode(const char* path) {
  const FileDescriptor file(OpenRetrying(path, O_PATH, 0));
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) return false;
  return chmod(("/proc/self/fd/" + std::to_string(file.get())).c_str(), kLockMode) == 0;
}

std::unexpected<Error> FailOpen() {
  const int saved = errno;
  switch (saved) {
    case ELOOP:   // a symbolic link
    case EISDIR:  // a folder
    case ENXIO:   // a socket
      return Fail(Errc::kExists, "open lock file", saved);
    default:
      return Fail(ErrcFromErrno(saved), "open lock file", saved);
  }
}

Result<FileDescriptor> OpenLockFile(const char* path) {
  int fd = OpenRetrying(path, O_RDWR | O_CREAT, kLockMode);
  if (fd < 0 && errno == EACCES && RestoreMode(path)) {
    fd = OpenRetrying(path, O_RDWR | O_CREAT, kLockMode);
  }
  if (fd < 0) return FailOpen();
  FileDescriptor file(fd);
  struct stat status;
  if (fstat(fd, &status) != 0) return FailErrno("fstat lock file");
  if (!S_ISREG(status.st_mode)) return Fail(Errc::kExists, "lock file is no regular file");
  if (status.st_uid != geteuid()) return Fail(Errc::kPermission, "lock file of another user");
  if ((status.st_mode & 07777) != kLockMode && fchmod(fd, kLockMode) != 0) {
    return FailErrno("fchmod lock file");
  }
  return file;
}

Result<void> LockNow(int fd) {
  int result = -1;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  if (errno == EWOULDBLOCK) return Fail(Errc::kExists, "flock", errno);
  return FailErrno("flock");
}

bool LeadsTo(const char* path, int fd) {
  struct stat by_path;
  struct stat by_fd;
  return lstat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 && by_path.st_ino == by_fd.st_ino &&
         by_path.st_dev == by_fd.st_dev;
}

}  // namespace

Result<NameLock> NameLock::Acquire(const std::string& lock_path) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    Result<FileDescriptor> file = OpenLockFile(lock_path.c_str());
    if (!file) return std::unexpected(file.error());
    if (Result<void> locked = LockNow(file->get()); !locked) {
      return std::unexpected(locked.error());
    }
    if (LeadsTo(lock_path.c_str(), file->get())) {
      return NameLock(lock_path, *std::move(file), getpid());
    }
  }
  return Fail(Errc::kExists, "lock file changes hands too often");
}

NameLock::NameLock(NameLock&& other) noexcept
    : path_(std::move(other.path_)), file_(std::move(other.file_)), owner_(other.owner_) {}

NameLock& NameLock::operator=(NameLock&& other) noexcept {
  if (this == &other) return *this;
  Release();
  path_ = std::move(other.path_);
  file_ = std::move(other.file_);
  owner_ = other.owner_;
  return *this;
}

void NameLock::Release() {
  // Unlinked while locked: whoever locks this file later sees that the path leads elsewhere.
  if (IsHeld()) unlink(path_.c_str());
  file_.Close();
}

void NameLock::DropInChild() {
  if (owner_ != getpid()) file_.Close();
}

bool NameLock::IsHeld() const {
  return file_.is_open() && owner_ == getpid() && LeadsTo(path_.c_str(), file_.get());
}

}  // namespace ipc_hammer
