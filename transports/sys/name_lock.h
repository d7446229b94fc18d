// NameLock: the exclusive right to own a name, as flock(2) on a lock file.
//
// Whoever holds the lock of a name and finds an object under that name knows that the object is a
// dead process's leftover. So creating a named object is: acquire the lock, remove a leftover,
// create exclusively, keep the lock as long as the object's name. The kernel drops the lock when
// its holder dies, at whatever instant. Openers never take it: a fresh object cannot look stale.
//
// Processes: flock belongs to the open file description, which a forked child shares. The child
// cannot release its parent's lock by closing, but it prolongs it: while a child still has its
// copy, a killed holder's name stays owned. A child that outlives its parent calls DropInChild()
// first. The lock file is removed while it is locked, and an acquirer checks after locking that the
// path still leads to what it locked; so two processes never hold the lock of one path (flock on a
// file that is no longer reachable counts for nothing). It says nothing to a process that sees
// other files under the path: in another mount namespace.
//
// Threads: one owner at a time. Sources: flock(2), open(2).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_NAME_LOCK_H_
#define IPC_HAMMER_TRANSPORTS_SYS_NAME_LOCK_H_

#include <sys/types.h>

#include <string>

#include "transports/error.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

class NameLock {
 public:
  // Never blocks. The file is created with mode 0600 under any umask; a symbolic link is not
  // followed and a file that is not a regular one of ours is left alone.
  // Errors: kExists (a living process holds it, or something else has that path), kPermission
  // (another user's lock file, or the folder refuses), kNotFound (no such folder), kNoSpace,
  // kSystem.
  static Result<NameLock> Acquire(const std::string& lock_path);

  // In the acquiring process removes the lock file, if the path still leads to it, and unlocks. In
  // a forked child closes the child's copy.
  ~NameLock() { Release(); }
  NameLock(NameLock&& other) noexcept;
  NameLock& operator=(NameLock&& other) noexcept;

  // What the destructor does, now. Idempotent.
  void Release();
  // In a forked child closes its copy, so that the lock dies with its owner; else does nothing.
  void DropInChild();
  // True in the acquiring process while the path still leads to the locked file. It can stop being
  // true only when someone removes lock files behind our back.
  bool IsHeld() const;

 private:
  NameLock(std::string path, FileDescriptor file, pid_t owner)
      : path_(std::move(path)), file_(std::move(file)), owner_(owner) {}

  std::string path_;
  FileDescriptor file_;
  pid_t owner_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_NAME_LOCK_H_
