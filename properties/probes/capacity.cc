// How many messages of 64 bytes does a channel take that nobody receives from?
#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

constexpr std::array<std::size_t, 2> kAsked = {4, 8};
constexpr std::size_t kMessageBytes = 64;
// Where more than that is taken, the channel counts as not bounded.
constexpr std::size_t kMessagesMax = 20'000;
// What is full for so long is full: what is under way may make room.
constexpr std::chrono::milliseconds kStaysFull{20};

struct Filled {
  std::size_t messages = 0;
  std::size_t before_refusal = 0;  // until it said for the first time that it was full
  std::string said;                // the error that ended it; empty: none, and it was stopped
};

// A stream may take less than a message at once, so that bytes decide.
Filled Fill(Bench& bench) {
  const std::size_t size = std::min(kMessageBytes, bench.options.message_size_bytes);
  const std::vector<std::byte> message = Bytes(size, {});
  Filled filled;
  std::size_t bytes = 0;
  for (std::size_t calls = 0; calls < kMessagesMax; ++calls) {
    auto taken = bench.producer->Send(message, 0, Deadline::Now());
    if (!taken) {
      if (filled.said.empty()) filled.before_refusal = filled.messages;
      filled.said = Said(taken);
      taken = bench.producer->Send(message, 0, Deadline::After(kStaysFull));
    }
    if (!taken) return filled;
    bytes += *taken;
    filled.messages = size == 0 ? calls + 1 : bytes / size;
  }
  filled.said.clear();
  return filled;
}

std::string Seen(const std::array<Filled, 2>& filled, const std::array<Options, 2>& asked) {
  const char* const units = UnitsOf(asked[0]);
  if (filled[1].said.empty()) {
    return fmt::format("{} {} were taken while nobody received, and no end was met", kMessagesMax,
                       units);
  }
  const std::string early =
      filled[1].before_refusal == filled[1].messages
          ? ""
          : fmt::format(", and it had said so after {} already", filled[1].before_refusal);
  return fmt::format(
      "asked for room for {} and for {}, a channel took {} and {} {}, then it said {}{}",
      asked[0].capacity_messages, asked[1].capacity_messages, filled[0].messages,
      filled[1].messages, units, filled[1].said, early);
}

bool IsExact(const Filled& filled, const Options& asked) {
  return filled.messages == asked.capacity_messages && filled.before_refusal == filled.messages;
}

}  // namespace

Cell MeasureCapacity(const TransportKind& kind) {
  std::array<Filled, 2> filled;
  std::array<Options, 2> asked;
  for (std::size_t i = 0; i < kAsked.size(); ++i) {
    Bench bench(kind, WithCapacity(kind.traits, kAsked[i]));
    if (!bench.ok()) return NotMade(bench.error());
    asked[i] = bench.options;
    filled[i] = Fill(bench);
  }
  const std::string seen = Seen(filled, asked);
  const std::size_t most = filled[1].messages;
  if (filled[1].said.empty()) {
    return Measured(fmt::format(">{}", kMessagesMax), seen, static_cast<double>(kMessagesMax));
  }
  const bool exact = IsExact(filled[0], asked[0]) && IsExact(filled[1], asked[1]);
  return Measured(exact ? "exact" : fmt::format("{}", most), seen, static_cast<double>(most));
}

}  // namespace ipc_hammer
