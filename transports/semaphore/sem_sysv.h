// sem_sysv: a System V semaphore set, as a channel of tokens between strangers.
//
// The set has three semaphores: the tokens, the room that is left, and a magic number. Send takes
// one from the room and adds one to the tokens, Receive the other way round, each by one semop(2),
// which the kernel does as a whole or not at all. So the capacity is exact, a full channel blocks
// its senders, and no semaphore gets near SEMVMX, above which semop(2) has an error and no wait.
//
// SEM_UNDO is not used. It gives back at a process's end what that process has changed, which is
// right for a lock. A token changes hands: undoing a Receive would deliver it twice, undoing a Send
// would take away what somebody may have received. A token that a killed consumer had taken is a
// message that was in flight and is lost with it; one whose sender died is there or not.
//
// Names: a key and its owner by sysv_key.h. A set is the name, so Unlink() cannot take the name
// away and leave the set: it does nothing, and the key lasts as long as the channel. When the
// creator destroys the channel, its endpoints elsewhere say kPeerClosed with EIDRM.
// Creation: the kernel makes a set with all values 0, and one semop(2) fills in room and magic
// number together. Who opens it waits for the magic number, so nobody uses a set that is not ready;
// that waiting cannot change it. A creator killed in between leaves a set that waits for ever; the
// next creator takes it over, like every leftover.
//
// Mode: exact; the umask is nothing to System V objects. One that forbids its owner to write is
// kPermission: there would be nothing that he could do.
//
// Capacity: up to 32767, the kernel's SEMVMX. Closing: token_endpoint.h.
// Sources: semget(2), semop(2), semctl(2), ipc/sem.c.
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_SYSV_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_SYSV_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind SemSysv();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_SYSV_H_
