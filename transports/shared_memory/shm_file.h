// shm_file: a bounded message queue in a mapped regular file (message_ring.h says how it works).
//
// Names: `folder`/text.shm, owned by `folder`/text.shm.lock. A folder that is not there is
// invalid_argument to create() and not_found to open() and unlink().
// Creation: complete before it is visible, so open() never waits and never sees a half made object.
// The file system has to have O_TMPFILE; where it has not, create() is a system error.
// A leftover is a regular file of ours, whatever it holds.
// Disk: all blocks are reserved at creation, so a full disk is no_space then and not a SIGBUS
// later. (A file system that writes elsewhere than it has reserved, as btrfs does, may still run
// out.) Nothing is ever synced: the file outlives its processes, but not a crash of the machine.
// Endpoints: any number of both roles.
// Remaining danger: see mapping.h on SIGBUS.
// Sources: mmap(2), open(2), futex(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SHM_FILE_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SHM_FILE_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ShmFile();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SHM_FILE_H_
