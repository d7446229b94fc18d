// Waiting until a word that processes share changes, and nothing but that.
//
// Threads and processes: any. Neither a signal nor a chance wake-up ends the wait.
#ifndef IPC_HAMMER_STRESS_RECORDER_WORD_WAIT_H_
#define IPC_HAMMER_STRESS_RECORDER_WORD_WAIT_H_

#include <atomic>
#include <cstdint>

#include "transports/sys/futex.h"

namespace ipc_hammer {

// Blocks while word == seen, at most until the deadline. False: the deadline passed.
inline bool WaitWhileEqual(const FutexWord& word, std::uint32_t seen, Deadline deadline) {
  while (word.load(std::memory_order_acquire) == seen) {
    if (const auto woken = FutexWait(word, seen, deadline); !woken && deadline.HasPassed()) {
      return word.load(std::memory_order_acquire) != seen;
    }
  }
  return true;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RECORDER_WORD_WAIT_H_
