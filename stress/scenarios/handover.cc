#include "stress/scenarios/handover.h"

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kOwnersDrawn = 3;

}  // namespace

bool HandoverApplies(const TransportKind& kind, Mode mode) {
  return mode == Mode::kStrangers && kind.traits.reach == Reach::kStrangers;
}

Program MakeHandover(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, draw.Between(1, 3), draw.Between(1, 3), 64);
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t messages =
      Choose(options.messages, draw.Between(1, 60) * options.scale, 1U << 30);
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    AddSends(program, producer, size, messages, kTimeoutNever);
  }
  AddDrains(program);
  Adversities& adversities = program.adversities;
  for (std::uint32_t owners = draw.Between(1, kOwnersDrawn); owners > 0; --owners) {
    switch (draw.Between(kind.traits.survives_kill ? 0 : 1, 2)) {
      case 0:
        ++adversities.killed_owners;
        break;
      case 1:
        ++adversities.closed_owners;
        break;
      default:
        ++adversities.unlinked_owners;
    }
  }
  if (draw.OneIn(3)) adversities.pause_us = draw.Between(1, 10) * 10;
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
