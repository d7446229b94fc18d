// Waiting for what another process of the run does and rings the doorbell for.
#ifndef IPC_HAMMER_STRESS_RECORDER_AWAIT_BELL_H_
#define IPC_HAMMER_STRESS_RECORDER_AWAIT_BELL_H_

#include <chrono>

#include "stress/recorder/flight_recorder.h"
#include "stress/recorder/word_wait.h"

namespace ipc_hammer {

// Blocks until done() says so, at most until the deadline: then it returns false. Looks again now
// and then where nobody rings, because the dead do not.
template <typename Done>
bool AwaitBell(const FlightRecorder& recorder, Deadline deadline, Done done) {
  constexpr std::chrono::milliseconds kLookEvery{5};
  const std::atomic<std::uint32_t>& doorbell = recorder.control().doorbell;
  for (;;) {
    const std::uint32_t rung = doorbell.load(std::memory_order_acquire);
    if (done()) return true;
    if (deadline.HasPassed()) return false;
    WaitWhileEqual(doorbell, rung, Deadline::After(kLookEvery));
  }
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RECORDER_AWAIT_BELL_H_
