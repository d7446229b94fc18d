#include "stress/scenarios/victim.h"

#include <cstddef>

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kDelayMaxUs = 3000;

std::uint32_t OperationsOf(const Program& program, std::uint32_t actor) {
  std::uint32_t own = 0;
  for (const Operation& op : program.operations) own += op.actor == actor ? 1 : 0;
  return own;
}

// Dies inside one of its own operations, at a system call of it. REQUIRES: it has one.
void KillAtCall(Program& program, Draw& draw, std::uint32_t victim) {
  const std::uint32_t own = OperationsOf(program, victim);
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

void KillSomehow(Program& program, Draw& draw, std::uint32_t victim) {
  const bool at_call = draw.OneIn(2) && OperationsOf(program, victim) > 0;
  at_call ? KillAtCall(program, draw, victim) : KillAfter(program, draw, victim);
}

}  // namespace ipc_hammer
