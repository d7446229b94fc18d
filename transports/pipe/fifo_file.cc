#include "transports/pipe/fifo_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace ipc_hammer {
namespace {

constexpr mode_t kModeBits = 07777;

Result<NameLock> LockName(const std::string& path) { return NameLock::Acquire(path + ".lock"); }

std::string LinkTo(int place) { return "/proc/self/fd/" + std::to_string(place); }

int OpenRetrying(const char* path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path, flags | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// Success: nothing is there any more. REQUIRES: the name is locked.
Result<void> RemoveDead(const std::string& path) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) return FailErrno("lstat");
  if (!S_ISFIFO(found.st_mode)) return Fail(Errc::kExists, "another type of file");
  if (found.st_uid != ::geteuid()) return Fail(Errc::kPermission, "another user's FIFO");
  if (::unlink(path.c_str()) != 0) return FailErrno("unlink");
  return {};
}

// What is under the path, a symbolic link included, without opening it.
Result<FileDescriptor> FindPlace(const std::string& path, struct stat* status) {
  FileDescriptor place(OpenRetrying(path.c_str(), O_PATH | O_NOFOLLOW));
  if (!place.is_open()) return FailErrno("open");
  if (::fstat(place.get(), status) != 0) return FailErrno("fstat");
  return place;
}

// The FIFO that has just been made, with its mode. REQUIRES: the name is locked.
Result<FileDescriptor> FixMode(const std::string& path, mode_t mode) {
  struct stat made;
  Result<FileDescriptor> place = FindPlace(path, &made);
  if (!place) return place;
  if (!S_ISFIFO(made.st_mode) || made.st_uid != ::geteuid()) {
    return Fail(Errc::kExists, "the FIFO was replaced");
  }
  if ((made.st_mode & kModeBits) != mode && ::chmod(LinkTo(place->get()).c_str(), mode) != 0) {
    return FailErrno("chmod");
  }
  return place;
}

}  // namespace

Result<FileDescriptor> OpenFifoEnd(int place, int access) {
  FileDescriptor end(OpenRetrying(LinkTo(place).c_str(), access | O_NONBLOCK));
  if (end.is_open()) return end;
  if (errno == ENXIO) return Fail(Errc::kWouldBlock, "open: nobody reads", ENXIO);
  if (errno == ENOENT) return Fail(Errc::kSystem, "open: no /proc", ENOENT);
  return FailErrno("open");
}

Result<FileDescriptor> OpenFifoByName(const std::string& path, int access, mode_t mode) {
  struct stat found;
  const Result<FileDescriptor> place = FindPlace(path, &found);
  if (!place) return std::unexpected(place.error());
  if (!S_ISFIFO(found.st_mode)) return Fail(Errc::kCorrupt, "no FIFO under the name");
  if ((mode & 077) == 0 && found.st_uid != ::geteuid()) {
    return Fail(Errc::kPermission, "the FIFO is another user's");
  }
  return OpenFifoEnd(place->get(), access);
}

Result<FifoFile> FifoFile::Make(const std::string& path, mode_t mode) {
  Result<NameLock> lock = LockName(path);
  if (!lock) {
    const Error& error = lock.error();
    const bool no_folder = error.code == Errc::kNotFound || error.sys_errno == ENOTDIR;
    return Fail(no_folder ? Errc::kInvalidArgument : error.code, error.call, error.sys_errno);
  }
  const Result<void> removed = RemoveDead(path);
  if (!removed && removed.error().code != Errc::kNotFound) return std::unexpected(removed.error());
  if (::mkfifo(path.c_str(), mode) != 0) return FailErrno("mkfifo");
  Result<FileDescriptor> place = FixMode(path, mode);
  if (!place) {
    if (place.error().code != Errc::kExists) ::unlink(path.c_str());
    return std::unexpected(place.error());
  }
  return FifoFile(path, *std::move(lock), *std::move(place), ::getpid());
}

Result<void> FifoFile::RemoveLeftover(const std::string& path) {
  const Result<NameLock> lock = LockName(path);
  if (!lock) return std::unexpected(lock.error());
  return RemoveDead(path);
}

Result<void> FifoFile::Remove() {
  if (!place_.is_open()) return {};  // moved from
  if (owner_ != ::getpid()) return Fail(Errc::kPermission, "only the creator removes the name");
  // Without the lock the name may be a successor's: it is left alone.
  struct stat named;
  struct stat ours;
  if (lock_.IsHeld() && ::lstat(path_.c_str(), &named) == 0 && ::fstat(place_.get(), &ours) == 0 &&
      named.st_dev == ours.st_dev && named.st_ino == ours.st_ino) {
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) return FailErrno("unlink");
  }
  lock_.Release();
  return {};
}

}  // namespace ipc_hammer
