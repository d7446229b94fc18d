#include "stress/scenarios/kill.h"

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

// Long enough for a busy machine, short enough that a full queue whose receiver is dead does not
// hold up the run.
constexpr std::uint32_t kWaitUs = 20'000;
constexpr std::uint32_t kDelayMaxUs = 3000;
constexpr std::uint32_t kRounds = 12;

// Dies inside one of its own operations, at a system call of it.
void KillAtCall(Program& program, Draw& draw, std::uint32_t victim) {
  std::uint32_t own = 0;
  for (const Operation& op : program.operations) own += op.actor == victim ? 1 : 0;
  std::uint32_t chosen = draw.Between(1, own);
  for (Operation& op : program.operations) {
    if (op.actor != victim || --chosen != 0) continue;
    op.fault = {.kind = FaultKind::kKill,
                .nth_call = static_cast<std::uint8_t>(draw.Between(1, 3))};
    return;
  }
}

// Dies of a signal some time after the killer has come so far.
void KillAfter(Program& program, Draw& draw, std::uint32_t victim) {
  const std::uint32_t killer = draw.Between(0, program.actors() - 1);
  const auto at = static_cast<std::ptrdiff_t>(
      draw.Between(0, static_cast<std::uint32_t>(program.operations.size())));
  program.operations.insert(program.operations.begin() + at,
                            {.action = Action::kKill,
                             .actor = static_cast<std::uint8_t>(killer),
                             .target = static_cast<std::uint8_t>(victim),
                             .timeout_us = draw.Between(0, kDelayMaxUs)});
}

}  // namespace

bool KillApplies(const TransportKind& kind, Mode mode) {
  return (mode == Mode::kRelatives || mode == Mode::kStrangers) &&
         kind.traits.reach != Reach::kThreads;
}

Program MakeKill(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program =
      Begin(kind, options, draw, draw.Between(1, 3), draw.Between(1, 2), draw.Between(32, 1024));
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t messages = Choose(options.messages, 60 * options.scale, 1U << 30);
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
      AddSends(program, producer, size, 1 + messages / kRounds, kWaitUs);
    }
  }
  for (std::uint32_t consumer = program.producers; consumer < program.actors(); ++consumer) {
    AddReceives(program, consumer, 0, 1 + messages / 4, kWaitUs);
    AddDrain(program, consumer);
  }
  const std::uint32_t victims = program.actors() > 2 ? draw.Between(1, 2) : 1;
  const std::uint32_t first = draw.Between(0, program.actors() - 1);
  for (std::uint32_t i = 0; i < victims; ++i) {
    const std::uint32_t victim = (first + i) % program.actors();
    draw.OneIn(2) ? KillAtCall(program, draw, victim) : KillAfter(program, draw, victim);
  }
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
