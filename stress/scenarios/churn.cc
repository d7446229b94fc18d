#include "stress/scenarios/churn.h"

#include <algorithm>

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

// Sends of the one that stays for each of those that come and go: it is to last as long.
constexpr std::uint32_t kSteady = 8;
// A consumer that finds nothing goes away again: what it waits for may have been another's.
constexpr std::uint32_t kWaitUs = 1000;

// Where a network stack carries connections, one that finds no place to wait for its acceptance is
// tried again after a second only: no more visits than there are places.
std::uint32_t DrawnVisits(const Traits& traits, const Program& program) {
  constexpr std::uint32_t kVisits = 40;
  if (!traits.connections || !traits.asynchronous) return kVisits;
  return std::min(kVisits, traits.producers_max / std::max(program.producers - 1, 1U));
}

void AddVisitsToSend(Program& program, std::uint32_t actor, std::uint32_t size,
                     std::uint32_t visits) {
  AddSends(program, actor, size, 1, kTimeoutNever);
  for (std::uint32_t i = 1; i < visits; ++i) {
    AddReopening(program, actor);
    AddSends(program, actor, size, 1, kTimeoutNever);
  }
}

void AddVisitsToReceive(Program& program, Draw& draw, std::uint32_t actor, std::uint32_t visits) {
  for (std::uint32_t i = 0; i < visits; ++i) {
    AddReceives(program, actor, 0, 1, draw.OneIn(2) ? kTimeoutNow : kWaitUs);
    AddReopening(program, actor);
  }
}

}  // namespace

bool ChurnApplies(const TransportKind& kind, Mode mode) {
  return mode != Mode::kSequential &&
         (kind.traits.reopens_producer || kind.traits.reopens_consumer);
}

Program MakeChurn(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  const Traits& traits = kind.traits;
  Program program = Begin(kind, options, draw, draw.Between(2, 4), draw.Between(1, 3), 64);
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t visits =
      Choose(options.messages, DrawnVisits(traits, program) * options.scale,
             kOperationsMax / (3 * program.actors()));
  const bool one_sends_on = program.producers > 1;
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    const bool stays = !traits.reopens_producer || (one_sends_on && producer == 0);
    stays ? AddSends(program, producer, size, kSteady * visits, kTimeoutNever)
          : AddVisitsToSend(program, producer, size, visits);
  }
  const bool one_drains = !traits.keeps_queued || draw.OneIn(2);
  for (std::uint32_t consumer = program.producers; consumer < program.actors(); ++consumer) {
    const bool stays = !traits.reopens_consumer || (one_drains && consumer == program.producers);
    if (!stays) AddVisitsToReceive(program, draw, consumer, visits);
  }
  AddDrains(program);
  Normalise(program, traits);
  return program;
}

}  // namespace ipc_hammer
