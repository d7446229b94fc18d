#include "stress/scenarios/fork_exec.h"

#include "stress/scenarios/draw.h"

namespace ipc_hammer {

bool ForkExecApplies(const TransportKind& kind, Mode mode) {
  return (mode == Mode::kRelatives || mode == Mode::kStrangers) &&
         kind.traits.reach != Reach::kThreads;
}

Program MakeForkExec(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, draw.Between(1, 3), draw.Between(1, 2), 64);
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t messages = Choose(options.messages, 50 * options.scale, 1U << 30);
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    AddSends(program, producer, size, messages, kTimeoutNever);
  }
  AddDrains(program);
  program.adversities.fork_us = draw.Between(10, 50) * 100;
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
