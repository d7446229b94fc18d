// The lock of a ring as a System V semaphore: 0 is free, 1 is held.
//
// A holder raised the semaphore with SEM_UNDO, so the kernel lowers it when he dies and wakes who
// waits. That alone would tell nobody that somebody died; the ring's lock word does: it is 1 from
// just after the semaphore was taken until just before it is given back.
//
// Crash argument, for a process killed at any instruction:
//   before the word is 1     the semaphore is free again or never was taken; nothing has happened
//   while the word is 1      the semaphore is free again, and whoever takes it next finds the word
//                            and is told kOrphaned
//   after it is 0 again      the ring has been changed by its one store and all who sleep have been
//                            woken; the kernel gives the semaphore back in our place
// The undo is of the semaphore only. What was written to the memory stays, and is consistent
// because the ring is changed by one store (message_ring.h).
//
// Whoever may change the semaphore can keep it from us, until our deadline.
// Threads: any. The kernel undoes for a process, not for a thread; a thread does not die alone.
// Cost: two system calls for each operation of the ring.
// Sources: semop(2), ipc/sem.c (exit_sem: after the memory was let go, before the parent is told).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SYSV_RING_LOCK_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SYSV_RING_LOCK_H_

#include "transports/shared_memory/ring_lock.h"

namespace ipc_hammer {

// Semaphore 0 of the set, which has the value 0 when it is made. Acquire: kCorrupt means that the
// set was removed, kNoSpace that the kernel has no memory for the undo.
RingLockMaker SysvRingLock(int set);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SYSV_RING_LOCK_H_
