// RoleLock: the exclusive right to be the producer, or the consumer, of a shared object.
//
// A lock of the open file description (F_OFD_SETLK) on one byte of the object itself, whose
// content does not matter: byte 0 for the producer, byte 1 for the consumer. The kernel drops it
// when the last descriptor of the description is closed, so also when its holder dies, at whatever
// instant; another process can then take the role over.
//
// Processes: a forked child shares the description. It cannot release its parent's role by closing
// its copy, but it prolongs it: while a child still has its copy, a killed holder's role stays
// taken. An exec'ed program has no copy.
// Threads: one at a time. Source: fcntl(2) "Open file description locks".
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_ROLE_LOCK_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_ROLE_LOCK_H_

#include <utility>

#include "transports/sys/file_descriptor.h"
#include "transports/transport.h"

namespace ipc_hammer {

class RoleLock {
 public:
  // `object` must be the only descriptor of its description. Looks again every millisecond until
  // the deadline. Errors: kWouldBlock, kTimedOut (another has the role), kNoSpace, kSystem.
  static Result<RoleLock> Acquire(FileDescriptor object, Role role, Deadline deadline);

 private:
  explicit RoleLock(FileDescriptor object) : object_(std::move(object)) {}
  FileDescriptor object_;
};

// A new description of the object behind a descriptor, whatever has become of its name.
// Errors: kPermission, kNoSpace, kSystem (no /proc).
Result<FileDescriptor> OpenAgain(const FileDescriptor& object);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_ROLE_LOCK_H_
