// SocketFile: the file that names a listening AF_UNIX socket, from bind(2) to unlink(2).
//
// A channel owns its name by a NameLock on `path`.lock, so a socket file found under that lock is a
// dead process's and is replaced, once nobody answers on it. Anything else under the path (another
// type, a symbolic link, another user's socket, a socket somebody listens on) is left alone.
//
// Mode: exact under any umask, and never wider than asked for, not even for a moment. The file that
// bind makes has the mode of the socket itself less the umask, so the socket gets it first
// (fchmod), and what the umask took is added afterwards. Changing the umask would race with other
// threads.
//
// Processes: only the process that bound the file removes it, and only while it is that very file.
// Threads: one at a time. Sources: unix(7); net/unix/af_unix.c, unix_bind_bsd().
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_SOCKET_FILE_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_SOCKET_FILE_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "transports/error.h"
#include "transports/socket/unix_address.h"
#include "transports/sys/name_lock.h"

namespace ipc_hammer {

class SocketFile {
 public:
  // Binds `socket`, which is not yet listening.
  // Errors: kExists, kPermission, kNoSpace, kInvalidArgument (no such folder), kSystem.
  static Result<SocketFile> Bind(int socket, const UnixAddress& address, mode_t mode);

  // Removes what a dead process left. Errors: kNotFound, kExists, kPermission, kSystem.
  static Result<void> RemoveLeftover(const UnixAddress& address);

  ~SocketFile();
  SocketFile(SocketFile&& other) noexcept;
  SocketFile& operator=(SocketFile&&) = delete;

  // Removes the file, if the path still leads to it, and gives the name free. Idempotent.
  // Errors: kPermission, kSystem.
  Result<void> Remove();
  // In a forked child gives up its share of the name, so that it dies with its owner.
  void DropInChild() {
    if (lock_) lock_->DropInChild();
  }

 private:
  SocketFile(std::string path, NameLock lock, const struct stat& file, pid_t owner)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        device_(file.st_dev),
        inode_(file.st_ino),
        owner_(owner) {}

  std::string path_;
  std::optional<NameLock> lock_;
  dev_t device_;
  ino_t inode_;
  pid_t owner_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_SOCKET_FILE_H_
