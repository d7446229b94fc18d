#include "stress/scenarios/bulk.h"

#include <algorithm>

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kSizeMax = 256 * 1024;
constexpr std::uint32_t kSizes = 16;

}  // namespace

bool BulkApplies(const TransportKind& kind, Mode mode) {
  return mode != Mode::kSequential && kind.traits.shape != Shape::kTokens;
}

Program MakeBulk(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, 1, 1, kSizeMax);
  const std::uint32_t messages = Choose(options.messages, 32 * options.scale, 1U << 30);
  const std::uint32_t repeat = std::max(messages / kSizes, 1U);
  for (std::uint32_t producer = 0; producer < program.producers; ++producer) {
    for (std::uint32_t sent = 0; sent < messages; sent += repeat) {
      const std::uint32_t size =
          draw.OneIn(2) ? program.message_size_bytes : draw.Between(1, program.message_size_bytes);
      AddSends(program, producer, size, std::min(repeat, messages - sent), kTimeoutNever);
    }
  }
  AddDrains(program);
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
