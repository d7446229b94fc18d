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

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_DEADLINES_H_
