// shm_mpmc: a bounded message queue in POSIX shared memory, for any number of producers and
// consumers that work side by side on slots of their own (mpmc_ring.h says how it works).
//
// Names: "/dev/shm/<text>", owned by "/dev/shm/<text>.shm_mpmc.lock". A text that begins with
// "sem." or ends in ".lock" is invalid_argument: it would meet a semaphore or a lock file.
// Creation: complete before it is visible. A leftover is a regular file of ours, whatever it holds.
// Endpoints: any number of both roles. Those attached in one process share one mapping; it lives
// as long as the last of them, also after Unlink().
// Kills: survived at every instant; a message that a killed endpoint was about to send or to
// receive is lost, and nothing else.
// Remaining danger: see mapping.h on SIGBUS.
// Sources: shm_overview(7), futex(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SHM_MPMC_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SHM_MPMC_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ShmMpmc();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SHM_MPMC_H_
