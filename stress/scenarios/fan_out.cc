#include "stress/scenarios/fan_out.h"

#include "stress/scenarios/draw.h"

namespace ipc_hammer {

bool FanOutApplies(const TransportKind& kind, Mode mode) {
  return mode != Mode::kSequential && kind.traits.consumers_max > 1 &&
         kind.traits.shape != Shape::kBytes;
}

Program MakeFanOut(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, 1, draw.Between(2, 4), 64);
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t messages = Choose(options.messages, 1500 * options.scale, 1U << 30);
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    AddSends(program, producer, size, messages, kTimeoutNever);
  }
  AddDrains(program);
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
