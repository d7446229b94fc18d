// In which order do messages come that two producers sent one after another, and does a priority
// let one overtake?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

// Who sends which number. A receiver that serves its connections in turn, or one until it is empty,
// finds another order.
constexpr std::array<std::uint8_t, 8> kSenders = {0, 0, 1, 1, 0, 1, 1, 0};

enum class Overtakes : std::uint8_t { kRefused, kNo, kYes };

// The numbers 0 and 1, of which the second has the higher priority.
Result<Overtakes> TryPriority(Bench& bench) {
  const Options& options = bench.options;
  if (auto sent = SendNumber(*bench.producer, options, 0); !sent) {
    return std::unexpected(sent.error());
  }
  const auto urgent = SendNumber(*bench.producer, options, 1, Soon(), 1);
  NumberReceiver receiver(*bench.consumer, options);
  const auto first = receiver.Next();
  if (!first) return std::unexpected(first.error());
  if (!urgent) return Overtakes::kRefused;
  if (const auto second = receiver.Next(); !second) return std::unexpected(second.error());
  return *first == 1 ? Overtakes::kYes : Overtakes::kNo;
}

bool IsPerProducer(const std::vector<std::uint8_t>& numbers) {
  std::array<int, 2> last = {-1, -1};
  for (const std::uint8_t number : numbers) {
    if (number >= kSenders.size() || number <= last[kSenders[number]]) return false;
    last[kSenders[number]] = number;
  }
  return true;
}

std::string Seen(const std::vector<std::uint8_t>& numbers, bool two, Overtakes overtakes) {
  const char* const of_priority[] = {"a priority is refused", "a priority changes nothing",
                                     "a higher priority overtakes"};
  return fmt::format("{} messages of {} sent one after another came as {}; {}", kSenders.size(),
                     two ? "two producers" : "the only producer", fmt::join(numbers, " "),
                     of_priority[static_cast<std::size_t>(overtakes)]);
}

}  // namespace

Cell MeasureOrder(const TransportKind& kind) {
  Bench bench(kind);
  if (!bench.ok()) return NotMade(bench.error());
  if (bench.options.message_size_bytes == 0) return NotApplicable("tokens are all alike");
  const auto overtakes = TryPriority(bench);
  if (!overtakes) return FailedAt("two messages", overtakes);
  const auto second = bench.channel->Attach(Role::kProducer, Deadline::After(kMoment));
  for (std::uint8_t i = 0; i < kSenders.size(); ++i) {
    Endpoint& sender = kSenders[i] == 1 && second ? **second : *bench.producer;
    if (const auto sent = SendNumber(sender, bench.options, i); !sent)
      return FailedAt("send", sent);
  }
  NumberReceiver receiver(*bench.consumer, bench.options);
  std::vector<std::uint8_t> numbers;
  while (numbers.size() < kSenders.size()) {
    const auto number = receiver.NextAfterGaps();
    if (!number) return FailedAt("receive", number);
    numbers.push_back(*number);
  }
  const std::string seen = Seen(numbers, second.has_value(), *overtakes);
  if (!std::ranges::is_sorted(numbers)) {
    return Measured(second && IsPerProducer(numbers) ? "per-producer" : "none", seen);
  }
  return Measured(overtakes == Overtakes::kYes ? "priority" : "fifo", seen);
}

}  // namespace ipc_hammer
