// Watchdog: sees from the actors' slots whether a run still moves, and says what is wrong if not.
//
//   deadline   a call has not returned 2 s after its own deadline
//   no-spin    an actor has been in one call for a while and used the processor meanwhile
//   no-hang    nobody has made progress for so long, although one of the blocked actors should:
//              what it waits for is surely there
// Blocked actors none of whom should go on (a program can ask for a message that nobody sends) are
// no violation: the run is over.
//
// Only lower time bounds are used: a slow machine is never blamed. Knows nothing of processes but
// their /proc entries. One thread, the runner's.
#ifndef IPC_HAMMER_STRESS_RUNNER_WATCHDOG_H_
#define IPC_HAMMER_STRESS_RUNNER_WATCHDOG_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "stress/process/thread_sight.h"
#include "stress/recorder/flight_recorder.h"
#include "transports/traits.h"

namespace ipc_hammer {

class Watchdog {
 public:
  enum class Verdict : std::uint8_t {
    kMoves,   // or has not stood still for long enough to tell
    kBroken,  // violations() says how
    kStuck,   // by design of the program: nothing more will happen
  };

  Watchdog(const FlightRecorder& recorder, const Program& program, const Traits& traits,
           std::chrono::nanoseconds hang_after);

  // Called again and again while the run lasts.
  Verdict Look(std::int64_t now_ns);

  const std::vector<Violation>& violations() const { return violations_; }
  void Forget() { violations_.clear(); }

  // Where each actor stands, one line each.
  std::string Report(std::int64_t now_ns) const;

 private:
  struct Sight {
    std::uint64_t progress = 0, events = 0;
    std::uint64_t events_at_progress = 0;
    std::int64_t progress_at_ns = 0;  // when it last ended an operation
    std::int64_t active_at_ns = 0;    // when it last began a call
    std::int64_t times_at_ns = 0;     // 0: not measured yet
    ThreadTimes times;
    // Since it was first seen beyond its deadline: when it was last looked at, what it had used of
    // the processor then, and how long it slept or ran all in all.
    std::int64_t overdue_at_ns = 0;  // 0: it is not
    std::int64_t overdue_cpu_ns = 0;
    std::int64_t overdue_ns = 0;
  };

  void Observe(std::uint32_t actor, std::int64_t now_ns);
  void JudgeDeadline(std::uint32_t actor, std::int64_t now_ns);
  void CountOverdue(std::uint32_t actor, std::int64_t now_ns);
  void JudgeSpin(std::uint32_t actor, std::int64_t now_ns);
  void JudgeHang(std::int64_t still_ns);
  // What ends the call an actor is in.
  enum class Wait : std::uint8_t {
    kTimed,  // its deadline
    kOver,   // nothing more is needed: it should go on
    kOpen,   // what another actor may or may not do
  };
  Wait WaitOf(std::uint32_t actor) const;
  bool Runs(std::uint32_t actor) const;
  bool Blocked(std::uint32_t actor) const;
  bool AllBlocked() const;
  bool AsksInVain(std::uint32_t actor) const;
  bool ShouldReceive(std::uint32_t actor) const;
  bool ShouldSend(std::uint32_t actor, const Operation& send) const;
  bool AllGone(Role role) const;
  const Operation* Current(std::uint32_t actor) const;
  std::string Name(std::uint32_t actor) const;
  std::string Standing(std::uint32_t actor) const;

  const FlightRecorder& recorder_;
  const Program& program_;
  const Traits& traits_;
  std::int64_t hang_after_ns_;
  std::vector<Sight> sights_;
  std::vector<Violation> violations_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RUNNER_WATCHDOG_H_
