#include "stress/scenarios/drain.h"

#include <limits.h>

#include <algorithm>
#include <array>

#include "properties/program/payload.h"
#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kSizeMax = 64 * 1024;
constexpr std::uint32_t kBurstMax = 64;
// More than any layer puts before a message.
constexpr std::uint32_t kHeadersMax = 32;

// Just below or above a size at which something changes, headers of layers below counted in.
std::uint32_t DrawSize(Draw& draw, std::uint32_t size_max) {
  const std::array edges = {0U, std::uint32_t{kPayloadHeaderBytes}, std::uint32_t{PIPE_BUF},
                            size_max, size_max};
  const std::uint32_t edge = edges[draw.Between(0, edges.size() - 1)];
  const std::uint32_t below = draw.OneIn(2) ? draw.Between(0, 1) : draw.Between(0, kHeadersMax);
  const std::uint32_t size = edge + 1 > below ? edge + 1 - below : 0;
  return std::min(size, size_max);
}

// One less, as many as or one more than the channel surely holds.
std::uint32_t DrawBurst(Draw& draw, const Program& program, const Traits& traits,
                        std::uint32_t size) {
  std::size_t room = program.capacity_messages;
  if (!traits.exact_capacity) {
    room = std::min(traits.floor_messages, traits.floor_bytes / std::max(size, 1U));
  }
  const auto bounded = static_cast<std::uint32_t>(std::clamp<std::size_t>(room, 1, kBurstMax));
  return std::max(bounded + draw.Between(0, 2), 2U) - 1;
}

void AddBurst(Program& program, Draw& draw, const TransportKind& kind, std::uint32_t producer,
              std::uint32_t messages) {
  const std::uint32_t size = DrawSize(draw, PayloadOf(kind, program));
  const std::uint32_t burst =
      messages != 0 ? messages : DrawBurst(draw, program, kind.traits, size);
  AddSends(program, producer, size, burst, kTimeoutNever);
  if (draw.OneIn(3)) AddSends(program, producer, PayloadOf(kind, program) + 1, 1, kTimeoutNow);
}

}  // namespace

bool DrainApplies(const TransportKind&, Mode mode) { return mode != Mode::kSequential; }

Program MakeDrain(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  const std::uint32_t size = draw.OneIn(2) ? kSizeMax : PIPE_BUF + draw.Between(0, 1);
  Program program = Begin(kind, options, draw, draw.Between(1, 3), draw.Between(1, 3), size);
  const std::uint32_t bursts = kind.traits.reopens_producer ? 4 * options.scale : 1;
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    AddBurst(program, draw, kind, producer, options.messages);
    for (std::uint32_t i = 1; i < bursts; ++i) {
      AddReopening(program, producer);
      AddBurst(program, draw, kind, producer, options.messages);
    }
  }
  AddDrains(program);
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
