// FileDescriptor: the one owner of one open descriptor.
//
// Ownership: moved, never copied; closed exactly once, by the owner. Closing after fork() in one
// process leaves the other's copy open.
// Threads: like an int: no two threads may use the object itself at a time. A thread may still be
// inside a system call on the number; see Gate for ends that another thread may close.
// Errors: Close() reports nothing. On Linux the number is free again whatever close(2) returns,
// EINTR included, so it is never repeated: a second close would hit whoever got the number
// meanwhile.
// Sources: close(2) "Dealing with error returns from close()", fcntl(2).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_FILE_DESCRIPTOR_H_
#define IPC_HAMMER_TRANSPORTS_SYS_FILE_DESCRIPTOR_H_

#include <utility>

#include "transports/error.h"

namespace ipc_hammer {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Takes ownership; a negative number owns nothing, so a system call's result can be passed on.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

  // Closes what is owned; idempotent. Leaves errno as it was.
  void Close();
  // Gives up ownership.
  int Release() { return std::exchange(fd_, -1); }
  // Another descriptor of the same open file description, close-on-exec from birth.
  // Errors: kNoSpace (RLIMIT_NOFILE), kInvalidArgument (not open).
  Result<FileDescriptor> Duplicate() const;

 private:
  int fd_ = -1;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_FILE_DESCRIPTOR_H_
