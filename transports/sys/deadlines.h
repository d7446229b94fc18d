// Arithmetic on deadlines, for waits that are cut into slices.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_DEADLINES_H_
#define IPC_HAMMER_TRANSPORTS_SYS_DEADLINES_H_

#include <time.h>

#include <chrono>

#include "transports/deadline.h"

namespace ipc_hammer {

// True when the deadline is at most `duration` away.
inline bool EndsWithin(Deadline deadline, std::chrono::nanoseconds duration) {
  if (deadline.is_never()) return false;
  const timespec left = deadline.Remaining();
  return std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec) <= duration;
}

// Sleeps for `duration`, but not past the deadline. A signal may cut it short.
inline void SleepWithin(Deadline deadline, std::chrono::nanoseconds duration) {
  if (deadline.is_now()) return;
  const timespec until =
      (EndsWithin(deadline, duration) ? deadline : Deadline::After(duration)).Absolute();
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_DEADLINES_H_
