// A wall clock that is wrong, or is set while somebody waits: from one reading on the calendar time
// is another. Deadlines must not depend on it (POSIX: CLOCK_REALTIME can be set, CLOCK_MONOTONIC
// cannot).
//
// Intercepted as system-call faults are (syscall_faults.h), with the same limits: clock_gettime(2)
// of the realtime clocks, gettimeofday(2), time(2) and std::chrono::system_clock. The kernel's own
// clock stays as it is, so absolute times that are handed to it are as wrong as after a real step.
//
// Threads: the whole process, and children that are forked meanwhile.
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_WALL_CLOCK_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_WALL_CLOCK_H_

#include <chrono>

namespace ipc_hammer {

// For as long as it lives, every reading of the wall clock after the first `true_readings` is `by`
// too late (too early if negative). One at a time.
class WallClockStep {
 public:
  WallClockStep(std::chrono::seconds by, int true_readings);
  ~WallClockStep();
  WallClockStep(const WallClockStep&) = delete;
  WallClockStep& operator=(const WallClockStep&) = delete;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_WALL_CLOCK_H_
