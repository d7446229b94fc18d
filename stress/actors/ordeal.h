// The ordeal: what the process of an actor has to bear of its program's adversities, from before it
// takes its endpoint until it has given it back: fewer processors, interruptions, system calls that
// come late, rests in the middle of its work, and a wall clock that is set while it waits.
//
// One at a time in a process. The handler and the processors stay as they are when it ends: such a
// process has nothing else to do.
#ifndef IPC_HAMMER_STRESS_ACTORS_ORDEAL_H_
#define IPC_HAMMER_STRESS_ACTORS_ORDEAL_H_

#include <signal.h>

#include <cstdint>
#include <optional>

#include "properties/faults/wall_clock.h"
#include "properties/program/program.h"
#include "stress/actors/preemption.h"

namespace ipc_hammer {

// What the adversary sends: nothing that a transport or the C library uses.
inline constexpr int kOrdealSignal = SIGUSR1;

class Ordeal {
 public:
  explicit Ordeal(const Program& program);

  // What is a thread's own: in each thread that performs, first thing, and kept until it has done.
  [[nodiscard]] Preemption Enter(std::uint32_t actor) const;

 private:
  std::uint32_t pause_us_;
  std::uint32_t rest_us_;
  std::uint32_t seed_;
  std::optional<WallClockStep> clock_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_ORDEAL_H_
