#include "stress/scenarios/many_to_many.h"

#include <algorithm>
#include <bit>

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

// Above and below the size from which on a message tells which one it is.
constexpr std::uint32_t kSize = 64;
constexpr std::uint32_t kTinySize = 8;
constexpr std::uint32_t kCapacityMax = 65;

std::uint32_t DrawCapacity(Draw& draw, const Traits& traits) {
  const std::size_t limit = traits.capacity_messages_max;
  const auto most = static_cast<std::uint32_t>(
      limit == 0 ? kCapacityMax : std::min<std::size_t>(limit, kCapacityMax));
  if (most <= 4 || draw.OneIn(2)) return draw.Between(1, std::min(most, 4U));
  const auto exponent_max = static_cast<std::uint32_t>(std::bit_width(most - 1)) - 1;
  const std::uint32_t power = 1U << draw.Between(2, exponent_max);
  return draw.OneIn(2) ? power - 1 : power + 1;
}

}  // namespace

bool ManyToManyApplies(const TransportKind& kind, Mode mode) {
  return mode != Mode::kSequential && kind.traits.producers_max > 1 &&
         kind.traits.consumers_max > 1 && kind.traits.shape != Shape::kBytes;
}

Program MakeManyToMany(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, draw.Between(2, 4), draw.Between(2, 4),
                          draw.OneIn(4) ? kTinySize : kSize);
  program.capacity_messages = DrawCapacity(draw, kind.traits);
  const std::uint32_t messages = Choose(options.messages, 300 * options.scale, 1U << 30);
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    const std::uint32_t size = draw.Between(0, PayloadOf(kind, program));
    AddSends(program, producer, size, messages, kTimeoutNever);
  }
  AddDrains(program);
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
