#include "stress/scenarios/first_contact.h"

#include "stress/scenarios/draw.h"

namespace ipc_hammer {

bool FirstContactApplies(const TransportKind& kind, Mode mode) {
  return mode == Mode::kStrangers && kind.traits.reach == Reach::kStrangers;
}

Program MakeFirstContact(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, draw.Between(1, 3), draw.Between(1, 3), 64);
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t messages =
      Choose(options.messages, draw.Between(1, 20) * options.scale, 1U << 30);
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    AddSends(program, producer, size, messages, kTimeoutNever);
  }
  AddDrains(program);
  program.adversities.rehearsals = draw.Between(1, 60);
  if (draw.OneIn(2)) program.adversities.pause_us = draw.Between(1, 10) * 10;
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
