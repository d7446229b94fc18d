// Waiting for a word in memory to change, between threads and between processes.
//
// The only place where a transport sleeps on memory. A wait is by address of the shared page, so it
// works across processes and different mapping addresses.
//
// Source: futex(2). FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, so a repeated wait
// is not longer.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_FUTEX_H_
#define IPC_HAMMER_TRANSPORTS_SYS_FUTEX_H_

#include <atomic>
#include <cstdint>

#include "transports/deadline.h"
#include "transports/error.h"

namespace ipc_hammer {

using FutexWord = std::atomic<std::uint32_t>;
static_assert(sizeof(FutexWord) == 4 && FutexWord::is_always_lock_free);

// Sleeps while `word` holds `expected`, until FutexWake or the deadline. Success may also be for no
// reason (a signal, a wake-up meant for an earlier wait): look at the condition again.
// Errors: kWouldBlock (deadline Now, nothing was done), kTimedOut, kCorrupt (the page is gone:
// someone made the object smaller), kSystem.
Result<void> FutexWait(const FutexWord& word, std::uint32_t expected, Deadline deadline);

// Wakes up to `count` threads that sleep on `word`. Never fails, never blocks.
void FutexWake(FutexWord& word, int count);
inline constexpr int kWakeAll = 0x7fffffff;

// In one system call, so that a kill comes before all of it or after: adds 1 to `word` and wakes
// all who sleep on it. Never fails, never blocks.
void FutexAddAndWake(FutexWord& word);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_FUTEX_H_
