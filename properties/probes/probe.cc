#include "properties/probes/probe.h"

#include <algorithm>
#include <array>

#include "properties/probes/experiments.h"

namespace ipc_hammer {
namespace {

// So many messages of 64 bytes go below the floors.
double Floor(const Traits& traits) {
  const std::size_t of_bytes = traits.floor_bytes / 64;
  const bool is_token = traits.shape == Shape::kTokens;
  return static_cast<double>(is_token ? traits.floor_messages
                                      : std::min(traits.floor_messages, of_bytes));
}

std::string DeclaredCapacity(const Traits& traits) {
  if (traits.exact_capacity) return "exact";
  return "at least " + std::to_string(static_cast<std::size_t>(Floor(traits)));
}

// Who counts only so far has not met the end.
bool KeepsCapacity(const Traits& traits, const Cell& cell) {
  if (traits.exact_capacity) return cell.value == "exact";
  return cell.value.starts_with('>') || cell.number >= Floor(traits);
}

// Less than the whole queue's order is promised, and a whole queue's order is no less.
bool KeepsOrder(const Traits& traits, const Cell& cell) {
  return cell.value == ToString(traits.order) ||
         (traits.order == Order::kPerProducer && cell.value == "fifo");
}

// The cell says the word of a trait, and nothing else.
template <typename Trait, Trait Traits::* trait>
constexpr auto kWord =
    [](const Traits& traits) -> std::string { return std::string(ToString(traits.*trait)); };
template <typename Trait, Trait Traits::* trait>
constexpr auto kIsWord = [](const Traits& traits, const Cell& cell) -> bool {
  return cell.value == ToString(traits.*trait);
};

constexpr std::array kProbes = {
    Probe{
        "ways", "does an answer come back over the same channel?", MeasureWays,
        [](const Traits& traits) -> std::string { return traits.duplex ? "both ways" : "one way"; },
        [](const Traits& traits, const Cell& cell) {
          return cell.value == (traits.duplex ? "both ways" : "one way");
        }},
    Probe{"reach", "whose message arrives: a thread's, a forked relative's, a stranger's?",
          MeasureReach, kWord<Reach, &Traits::reach>, kIsWord<Reach, &Traits::reach>},
    Probe{"framing", "what does a receiver find of three sends?", MeasureFraming,
          kWord<Shape, &Traits::shape>, kIsWord<Shape, &Traits::shape>},
    Probe{"order", "in which order do messages of two producers come?", MeasureOrder,
          kWord<Order, &Traits::order>, KeepsOrder},
    Probe{"capacity", "how many messages of 64 B does it take that nobody receives?",
          MeasureCapacity, DeclaredCapacity, KeepsCapacity},
    Probe{"survives-kill", "do others go on after SIGKILL of a sender and of a receiver?",
          MeasureSurvival,
          [](const Traits& traits) -> std::string { return traits.survives_kill ? "yes" : "no"; },
          // Not to promise it is no promise of the contrary.
          [](const Traits& traits, const Cell& cell) {
            return !traits.survives_kill || cell.value == "yes";
          }},
    Probe{"end-of-file", "what does a receiver hear when the last sender has closed?",
          MeasureEndOfFile, kWord<EndOfFile, &Traits::end_of_file>,
          kIsWord<EndOfFile, &Traits::end_of_file>},
    Probe{"nobody-receives", "what does a sender hear when the last receiver has closed?",
          MeasureNobodyReceives,
          [](const Traits& traits) -> std::string {
            return traits.send_needs_consumer ? "told" : "not told";
          },
          [](const Traits& traits, const Cell& cell) {
            return cell.value == (traits.send_needs_consumer ? "told" : "not told");
          }},
    Probe{"persistence", "is a message still there when every process has gone?",
          MeasurePersistence, kWord<Persistence, &Traits::persistence>,
          kIsWord<Persistence, &Traits::persistence>},
    Probe{"cleanup", "who removes what killed processes leave?", MeasureCleanup},
    Probe{"throughput", "how many messages of 64 B go through in a second?", MeasureThroughput},
    Probe{"round-trip", "how many nanoseconds does a message take there and back?",
          MeasureRoundTrip},
    Probe{"calls-message", "how many system calls does a message take?", MeasureCallsOfMessage},
    Probe{"calls-channel", "how many system calls does a channel take?", MeasureCallsOfChannel},
};

}  // namespace

std::span<const Probe> AllProbes() { return kProbes; }

const Probe* FindProbe(std::string_view name) {
  const auto found = std::ranges::find(kProbes, name, &Probe::name);
  return found == kProbes.end() ? nullptr : &*found;
}

std::string Contradiction(const Probe& probe, const Traits& traits, const Cell& cell) {
  if (probe.declared == nullptr || cell.state == Cell::State::kNotApplicable) return "";
  const bool measured = cell.state == Cell::State::kMeasured;
  if (measured && probe.keeps(traits, cell)) return "";
  return std::string(probe.name) + " is declared as '" + probe.declared(traits) +
         "' and measured as '" + cell.value + "': " + cell.seen;
}

}  // namespace ipc_hammer
