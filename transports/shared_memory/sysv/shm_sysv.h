// shm_sysv: a bounded message queue in System V shared memory, with a System V semaphore as its
// lock and SEM_UNDO against dead holders (message_ring.h, sysv_ring_lock.h).
//
// Names: a key made of the channel's text, with an owner (sysv_key.h): a segment and a set of one
// semaphore. Both have exactly Options::mode, which must let the owner read and write; the umask
// plays no part.
// Creation: the set, which is complete when it is made, comes last; open() never waits and never
// sees a half made ring. A leftover is what our own user made under the key, whatever it holds.
// Waiting: futexes in the segment, so deadlines are exact and closing wakes.
// Unlink() before the end changes nothing: a semaphore set that loses its key is gone for all who
// use it. The end of the Channel removes both ids; those who still use them get kCorrupt.
// SIGBUS: a segment cannot be made smaller, so what mapping.h says of it cannot happen.
// Endpoints: any number of both roles.
// Sources: svipc(7), shmget(2), semop(2), futex(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SHM_SYSV_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SHM_SYSV_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ShmSysv();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SHM_SYSV_H_
