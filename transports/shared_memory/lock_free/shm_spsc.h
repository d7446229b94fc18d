// shm_spsc: a bounded message queue in POSIX shared memory from one producer to one consumer,
// lock-free (spsc_ring.h says how it works).
//
// Names: "/dev/shm/<text>", owned by "/dev/shm/<text>.shm_spsc.lock". A text that begins with
// "sem." or ends in ".lock" is invalid_argument: it would meet a semaphore or a lock file.
// Creation: complete before it is visible. A leftover is a regular file of ours, whatever it holds.
//
// Roles: there is one producer and one consumer at a time, in whatever process. A second one is
// kInvalidArgument where this process's channel has the first, else it waits for the role:
// kWouldBlock or kTimedOut. An endpoint has its role until it is destroyed, also after
// CloseDirection(). The role of a dead process is free, and who takes it goes on where the dead one
// was; role_lock.h says what forked children mean for that.
// Each endpoint has a descriptor of its own; those attached in one process share one mapping.
// Remaining danger: see mapping.h on SIGBUS.
// Sources: shm_overview(7), fcntl(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SHM_SPSC_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SHM_SPSC_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ShmSpsc();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SHM_SPSC_H_
