// shm_posix: a bounded message queue in POSIX shared memory (message_ring.h says how it works).
//
// Names: "/dev/shm/<text>", owned by "/dev/shm/<text>.shm_posix.lock". A text that begins with
// "sem." or ends in ".lock" is invalid_argument: it would meet a semaphore or a lock file.
// Creation: complete before it is visible, so open() never waits and never sees a half made object.
// A leftover is a regular file of ours, whatever it holds.
// Endpoints: any number of both roles. Those attached in one process share one mapping; it lives
// as long as the last of them, also after Unlink().
// Remaining danger: see mapping.h on SIGBUS.
// Sources: shm_overview(7), futex(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SHM_POSIX_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SHM_POSIX_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ShmPosix();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SHM_POSIX_H_
