#include "transports/socket/socket_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr mode_t kModeBits = 0777;

Result<NameLock> LockName(const std::string& path) { return NameLock::Acquire(path + ".lock"); }

// Whether a socket of any type answers. Nobody but a stranger to our locks, or a relative of the
// dead owner that still listens, can.
Result<bool> Answers(const UnixAddress& address) {
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.is_open()) return FailErrno("socket");
  if (::connect(probe.get(), address.data(), address.size()) == 0) return true;
  switch (errno) {
    case EAGAIN:      // its backlog is full
    case EPROTOTYPE:  // it is of another socket type
      return true;
    case ECONNREFUSED:
    case ENOENT:
      return false;
    default:
      return FailErrno("connect");
  }
}

// Success: nothing is there any more. REQUIRES: the name is locked.
Result<void> RemoveDead(const UnixAddress& address, const std::string& path) {
  struct stat found;
  if (::lstat(path.c_str(), &found) != 0) return FailErrno("lstat");
  if (!S_ISSOCK(found.st_mode)) return Fail(Errc::kExists, "another type of file");
  if (found.st_uid != ::geteuid()) return Fail(Errc::kPermission, "another user's socket");
  const Result<bool> answers = Answers(address);
  if (!answers && answers.error().code != Errc::kPermission) {
    return std::unexpected(answers.error());
  }
  // A mode that keeps its owner out is no sign of life.
  if (answers && *answers) return Fail(Errc::kExists, "connect");
  if (::unlink(path.c_str()) != 0) return FailErrno("unlink");
  return {};
}

Result<void> BindNew(int socket, const UnixAddress& address, const std::string& path) {
  if (::bind(socket, address.data(), address.size()) == 0) return {};
  if (errno == EADDRINUSE) {
    Result<void> removed = RemoveDead(address, path);
    if (!removed && removed.error().code != Errc::kNotFound) return removed;
    if (::bind(socket, address.data(), address.size()) == 0) return {};
  }
  if (errno == ENOENT || errno == ENOTDIR) return Fail(Errc::kInvalidArgument, "bind", errno);
  return FailErrno("bind");
}

// Makes the mode exact. A kernel that ignores the socket's own mode would have left a window.
Result<struct stat> FixMode(const std::string& path, mode_t mode) {
  struct stat file;
  if (::lstat(path.c_str(), &file) != 0) return FailErrno("lstat");
  if ((file.st_mode & kModeBits & ~mode) != 0) return Fail(Errc::kSystem, "bind: mode too wide");
  if ((file.st_mode & kModeBits) == mode) return file;
  if (::fchmodat(AT_FDCWD, path.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0) {
    return FailErrno("fchmodat");
  }
  return file;
}

}  // namespace

Result<SocketFile> SocketFile::Bind(int socket, const UnixAddress& address, mode_t mode) {
  const std::string path = address.text();
  mode &= kModeBits;
  Result<NameLock> lock = LockName(path);
  if (!lock) {
    const Error& error = lock.error();
    const bool no_folder = error.code == Errc::kNotFound;
    return Fail(no_folder ? Errc::kInvalidArgument : error.code, error.call, error.sys_errno);
  }
  if (::fchmod(socket, mode) != 0) return FailErrno("fchmod");
  if (Result<void> bound = BindNew(socket, address, path); !bound) {
    return std::unexpected(bound.error());
  }
  const Result<struct stat> file = FixMode(path, mode);
  if (!file) {
    ::unlink(path.c_str());
    return std::unexpected(file.error());
  }
  return SocketFile(path, *std::move(lock), *file, ::getpid());
}

Result<void> SocketFile::RemoveLeftover(const UnixAddress& address) {
  const std::string path = address.text();
  const Result<NameLock> lock = LockName(path);
  if (!lock) return std::unexpected(lock.error());
  return RemoveDead(address, path);
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, std::nullopt)),
      device_(other.device_),
      inode_(other.inode_),
      owner_(other.owner_) {}

SocketFile::~SocketFile() {
  if (owner_ == ::getpid()) Remove();
}

Result<void> SocketFile::Remove() {
  if (!lock_) return {};
  struct stat file;
  const bool is_ours = ::lstat(path_.c_str(), &file) == 0 && S_ISSOCK(file.st_mode) &&
                       file.st_dev == device_ && file.st_ino == inode_;
  if (is_ours && ::unlink(path_.c_str()) != 0 && errno != ENOENT) return FailErrno("unlink");
  lock_.reset();
  return {};
}

}  // namespace ipc_hammer
