#include "stress/scenarios/kill.h"

#include <array>

#include "stress/scenarios/draw.h"
#include "stress/scenarios/victim.h"

namespace ipc_hammer {
namespace {

// What waits for the dead waits in vain, again and again: mostly for a short while, so that many
// runs fit into a second.
constexpr std::array kWaitsUs = {200U, 200U, 1'000U, 20'000U};
constexpr std::uint32_t kRounds = 12;
constexpr std::uint32_t kMessagesMax = 60;

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
  const std::uint32_t messages =
      Choose(options.messages, draw.Between(1, kMessagesMax * options.scale), 1U << 30);
  const std::uint32_t wait_us = kWaitsUs[draw.Between(0, kWaitsUs.size() - 1)];
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
      AddSends(program, producer, size, 1 + messages / kRounds, wait_us);
    }
  }
  for (std::uint32_t consumer = program.producers; consumer < program.actors(); ++consumer) {
    AddReceives(program, consumer, 0, 1 + messages / 4, wait_us);
    AddDrain(program, consumer);
  }
  const std::uint32_t victims = program.actors() > 2 ? draw.Between(1, 2) : 1;
  const std::uint32_t first = draw.Between(0, program.actors() - 1);
  for (std::uint32_t i = 0; i < victims; ++i) {
    const std::uint32_t victim = (first + i) % program.actors();
    KillSomehow(program, draw, victim);
  }
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
