#include "stress/scenarios/adversity.h"

#include <array>
#include <vector>

#include "stress/scenarios/draw.h"
#include "stress/scenarios/victim.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kHourS = 3600;
// Whoever waits for the dead waits so long, and each of his further operations again.
constexpr std::uint32_t kWaitUs = 2000;
constexpr std::uint32_t kOpenWaitUs = 100'000;
constexpr std::uint32_t kFaultsMax = 8;
constexpr std::uint32_t kFaultedCallMax = 3;

bool Always(const TransportKind&, Mode) { return true; }

bool InProcesses(const TransportKind& kind, Mode mode) {
  return (mode == Mode::kRelatives || mode == Mode::kStrangers) &&
         kind.traits.reach != Reach::kThreads;
}

bool BearsLimits(const TransportKind& kind, Mode mode) {
  return InProcesses(kind, mode) && kind.traits.survives_descriptor_shortage;
}

bool DeadlinesAreMonotonic(const TransportKind& kind, Mode) {
  return !kind.traits.wall_clock_deadlines;
}

// --- kill ---

// Nobody waits for ever for somebody who may be dead. A drain ends when its senders are gone.
void LimitWaits(Program& program) {
  for (Operation& op : program.operations) {
    const bool waits = op.action == Action::kSend || op.action == Action::kReceive;
    if (op.timeout_us != kTimeoutNever) continue;
    if (waits) op.timeout_us = kWaitUs;
    if (op.action == Action::kOpen) op.timeout_us = kOpenWaitUs;
  }
}

// The children of the dead may outlive them for a moment, and with them what was theirs.
void AddKill(Program& program, Draw& draw) {
  if (HasKills(program)) return;
  program.adversities.fork_us = 0;
  LimitWaits(program);
  KillSomehow(program, draw, draw.Between(0, program.actors() - 1));
}

// --- faults that have to change nothing ---

// The nth repetition of an operation and those after it become an operation of their own.
void SplitAt(Program& program, std::size_t at, std::uint32_t nth) {
  if (nth == 0) return;
  Operation rest = program.operations[at];
  rest.repeat -= nth;
  program.operations[at].repeat = nth;
  program.operations.insert(program.operations.begin() + static_cast<std::ptrdiff_t>(at) + 1, rest);
}

void AddFault(Program& program, Draw& draw) {
  if (program.operations.empty() || program.operations.size() == kOperationsMax) return;
  std::size_t at = draw.Between(0, static_cast<std::uint32_t>(program.operations.size()) - 1);
  if (program.operations[at].fault.kind != FaultKind::kNone) return;
  const std::uint32_t nth = draw.Between(0, program.operations[at].repeat - 1);
  SplitAt(program, at, nth);
  if (nth != 0) ++at;
  Operation& op = program.operations[at];
  if (op.action == Action::kKill) return;
  op.fault = {.kind = draw.OneIn(2) ? FaultKind::kInterrupt : FaultKind::kShort,
              .nth_call = static_cast<std::uint8_t>(draw.Between(1, kFaultedCallMax))};
}

void AddFaults(Program& program, Draw& draw) {
  for (std::uint32_t left = draw.Between(1, kFaultsMax); left > 0; --left) AddFault(program, draw);
}

// --- what the machine does ---

void AddStops(Program& program, Draw& draw) {
  program.adversities.stop_us = draw.Between(1, 10) * draw.Between(1, 5) * 1000;
}

void AddSignals(Program& program, Draw& draw) {
  program.adversities.signal_us = draw.Between(2, 20) * 100;
}

void AddOneCpu(Program& program, Draw&) { program.adversities.cpus = 1; }

void AddClockStep(Program& program, Draw& draw) {
  (draw.OneIn(2) ? program.adversities.clock_ahead_s : program.adversities.clock_back_s) = kHourS;
}

void AddPauses(Program& program, Draw& draw) {
  std::uint32_t& longest_us = program.adversities.pause_us;
  longest_us = longest_us != 0 ? 2 * longest_us : draw.Between(1, 10) * 50;
}

void AddRests(Program& program, Draw& draw) {
  program.adversities.rest_us = draw.Between(1, 10) * draw.Between(1, 5) * 10;
}

void AddForks(Program& program, Draw& draw) {
  if (HasKills(program)) return;
  std::uint32_t& every_us = program.adversities.fork_us;
  every_us = every_us != 0 ? every_us / 2 : draw.Between(2, 10) * 1000;
}

// 1, 2, 3, or a power of two, one less or one more.
std::uint32_t EdgeCapacity(Draw& draw) {
  if (draw.OneIn(2)) return draw.Between(1, 3);
  return (1U << draw.Between(2, 6)) + draw.Between(0, 2) - 1;
}

// From none more than it has to as many as a listener with a few connections needs; and in half of
// the programs hardly any room for messages.
void AddLimits(Program& program, Draw& draw) {
  LimitWaits(program);
  program.adversities.descriptors = draw.Between(3, 24);
  if (draw.OneIn(2)) program.capacity_messages = EdgeCapacity(draw);
}

constexpr std::array kAdversities = {
    Adversity{"kill", "an actor dies by SIGKILL, inside an operation or at any time", 8,
              InProcesses, AddKill},
    Adversity{"stop", "one process after another is stopped (SIGSTOP) for 1 to 50 ms", 4,
              InProcesses, AddStops},
    Adversity{"signals", "every process is interrupted each 0.2 to 2 ms, without SA_RESTART", 4,
              Always, AddSignals},
    Adversity{"faults", "up to 8 operations meet EINTR or a transfer of one byte", 4, Always,
              AddFaults},
    Adversity{"one_cpu", "all actors share one processor", 4, Always, AddOneCpu},
    Adversity{"clock", "the wall clock is set an hour ahead or back", 4, DeadlinesAreMonotonic,
              AddClockStep},
    Adversity{"pauses", "one in 8 system calls comes up to 0.5 ms later", 4, Always, AddPauses},
    Adversity{"preemption",
              "each actor rests up to 0.5 ms between two instructions, time and again", 4, Always,
              AddRests},
    Adversity{"forks", "every process forks each 2 to 10 ms: a child exits, execs or lingers", 4,
              InProcesses, AddForks},
    Adversity{"limits",
              "every process has 3 to 24 descriptors until it drains; capacities at edges", 4,
              BearsLimits, AddLimits},
};

}  // namespace

std::span<const Adversity> AllAdversities() { return kAdversities; }

const Adversity* FindAdversity(std::string_view name) {
  for (const Adversity& adversity : AllAdversities()) {
    if (adversity.name == name) return &adversity;
  }
  return nullptr;
}

void Beset(Program& program, const TransportKind& kind, Mode mode, std::uint64_t seed,
           std::span<const std::string> names) {
  Draw draw(~seed);
  for (const std::string& name : names) {
    const Adversity& adversity = *FindAdversity(name);
    const bool drawn = names.size() == 1 || draw.OneIn(adversity.one_in);
    if (drawn && adversity.applies(kind, mode)) adversity.add(program, draw);
  }
  Normalise(program, kind.traits);
}

}  // namespace ipc_hammer
