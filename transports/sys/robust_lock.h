// RobustLock: mutual exclusion between processes that survives kill -9 of its holder.
//
// One futex word in shared memory: the holder's thread id, FUTEX_WAITERS, FUTEX_OWNER_DIED. It is
// the protocol of a robust pthread mutex, but the list of held locks that the kernel walks when a
// thread dies is not used: a thread names the one lock it takes or holds in `list_op_pending` of
// its own robust list head, which the kernel treats the same way. So the shared memory holds
// nothing but this word, and a peer that scribbles on it can block us until a deadline and no more;
// an id that no thread has is noticed at once.
// A pthread mutex keeps list pointers in the shared memory and follows them when it is unlocked,
// which lets such a peer write anywhere in our memory.
//
// Crash argument, for a thread killed at any instruction:
//   before its id is in the word     nothing has happened; if it had been woken to take the lock,
//                                    the kernel sees a pending lock without a holder and wakes the
//                                    next waiter
//   while its id is in the word      the kernel sets FUTEX_OWNER_DIED and wakes one waiter; whoever
//                                    locks next is told kOrphaned and repairs what it guards
//   after the id was taken out       as in the first case, so an unsent wake-up is made up for
// One case is left: a woken waiter dies after a third thread took the lock, and that thread does
// not know of other waiters. Therefore waiters look again every kLockSlice.
//
// Threads: a thread holds at most one RobustLock, and takes no robust pthread mutex meanwhile.
// Processes: all in one PID namespace (the word holds thread ids as their holders see them), made
// by fork(3) or exec, not by a bare clone(2).
// Sources: Documentation/locking/robust-futex-ABI.rst, get_robust_list(2), kernel/futex/core.c.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_ROBUST_LOCK_H_
#define IPC_HAMMER_TRANSPORTS_SYS_ROBUST_LOCK_H_

#include <chrono>
#include <cstdint>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/sys/futex.h"

namespace ipc_hammer {

// How long a waiter sleeps at most before it looks at the word again.
inline constexpr std::chrono::milliseconds kLockSlice{50};

enum class Locked : std::uint8_t {
  kClean,     // the last holder unlocked
  kOrphaned,  // the last holder died inside: repair what the lock guards, then go on
};

// Takes the lock whose word is `word`; 0 is unlocked. Blocks until the deadline.
// Errors: kWouldBlock, kTimedOut, kCorrupt (the word says that this very thread holds it, or a
// thread that does not exist, or its page is gone), kSystem.
Result<Locked> RobustLock(FutexWord& word, Deadline deadline);

// REQUIRES: this thread has locked `word`.
void RobustUnlock(FutexWord& word);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_ROBUST_LOCK_H_
