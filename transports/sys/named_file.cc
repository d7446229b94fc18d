#include "transports/sys/named_file.h"

#include <fcntl.h>

#include <cerrno>
#include <string>

namespace ipc_hammer {
namespace {

// True: there is a leftover that we may remove; false: there is nothing.
Result<bool> FindLeftover(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    return FailErrno("lstat");
  }
  if (!S_ISREG(status.st_mode)) return Fail(Errc::kExists, "the name is no regular file");
  if (status.st_uid != geteuid()) return Fail(Errc::kPermission, "the name is another user's");
  return true;
}

Result<void> Unlink(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return FailErrno("unlink");
}

}  // namespace

Result<void> ReserveBlocks(int fd, std::size_t size_bytes) {
  int error = 0;
  do {
    error = posix_fallocate(fd, 0, static_cast<off_t>(size_bytes));
  } while (error == EINTR);
  if (error != 0) return Fail(ErrcFromErrno(error), "posix_fallocate", error);
  return {};
}

Result<FileDescriptor> MakeUnnamedFile(const std::string& folder, std::size_t size_bytes,
                                       mode_t mode) {
  int fd = -1;
  do {
    fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return FailErrno("open O_TMPFILE");
  FileDescriptor file(fd);
  if (fchmod(fd, mode) != 0) return FailErrno("fchmod");
  if (Result<void> reserved = ReserveBlocks(fd, size_bytes); !reserved) {
    return std::unexpected(reserved.error());
  }
  return file;
}

Result<NamedFile> NamedFile::Claim(const std::string& path, const std::string& lock_path) {
  Result<NameLock> held = NameLock::Acquire(lock_path);
  if (!held) return std::unexpected(held.error());
  const Result<bool> leftover = FindLeftover(path);
  if (!leftover) return std::unexpected(leftover.error());
  if (*leftover) {
    if (Result<void> removed = Unlink(path); !removed) return std::unexpected(removed.error());
  }
  return NamedFile(path, *std::move(held));
}

Result<void> NamedFile::Publish(const FileDescriptor& file) {
  struct stat status;
  if (fstat(file.get(), &status) != 0) return FailErrno("fstat");
  const std::string source = "/proc/self/fd/" + std::to_string(file.get());
  int result = linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW);
  if (result != 0 && errno == ENOENT) {  // without /proc; needs a privilege
    result = linkat(file.get(), "", AT_FDCWD, path_.c_str(), AT_EMPTY_PATH);
  }
  if (result != 0) return FailErrno("linkat");
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return {};
}

Result<void> NamedFile::Adopt() {
  const Result<bool> found = FindLeftover(path_);
  if (!found) return std::unexpected(found.error());
  struct stat status;
  if (!*found || lstat(path_.c_str(), &status) != 0) return Fail(Errc::kNotFound, "lstat");
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return {};
}

Result<void> NamedFile::Remove() {
  if (owner_ != getpid()) return Fail(Errc::kPermission, "only the creator removes the name");
  // Without the lock the name may be a successor's: it is left alone.
  if (inode_ != 0 && lock_.IsHeld()) {
    struct stat status;
    const bool is_ours =
        lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_ && status.st_dev == device_;
    if (is_ours) {
      if (Result<void> removed = Unlink(path_); !removed) return removed;
    }
  }
  inode_ = 0;
  lock_.Release();
  return {};
}

Result<void> RemoveFileLeftover(const std::string& path, const std::string& lock_path) {
  const Result<NameLock> held = NameLock::Acquire(lock_path);
  if (!held) return std::unexpected(held.error());
  const Result<bool> leftover = FindLeftover(path);
  if (!leftover) return std::unexpected(leftover.error());
  if (!*leftover) return Fail(Errc::kNotFound, "nothing under the name");
  return Unlink(path);
}

Result<FileDescriptor> OpenNamedFile(const std::string& path, mode_t mode, struct stat* status) {
  int fd = -1;
  do {
    // O_NONBLOCK: a FIFO or a device under the name must not make us wait.
    fd = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    const int saved = errno;
    // A symbolic link; a folder; a socket.
    const bool is_other_type = saved == ELOOP || saved == EISDIR || saved == ENXIO;
    return Fail(is_other_type ? Errc::kCorrupt : ErrcFromErrno(saved), "open", saved);
  }
  FileDescriptor opened(fd);
  if (fstat(fd, status) != 0) return FailErrno("fstat");
  if (!S_ISREG(status->st_mode)) return Fail(Errc::kCorrupt, "no regular file under the name");
  if ((mode & 077) == 0 && status->st_uid != geteuid()) {
    return Fail(Errc::kPermission, "the object is another user's");
  }
  return opened;
}

}  // namespace ipc_hammer
