// What does a receiver hear when the last sender has closed, and a sender when the last receiver
// has gone?
#include <fmt/format.h>

#include <optional>

#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

// So many may be taken on their way to nobody before a sender is told, or as many as it can send
// until others could have told it.
constexpr int kSendsMax = 300;

// Sends a message over the channel, so that both ends know each other; nothing holds it open but
// its two endpoints. Returns the cell that ends the experiment, if something does.
std::optional<Cell> Acquaint(Bench& bench) {
  if (!bench.ok()) return NotMade(bench.error());
  bench.channel->Detach();
  if (const auto sent = SendNumber(*bench.producer, bench.options, 1); !sent) {
    return FailedAt("send", sent);
  }
  const auto got = NumberReceiver(*bench.consumer, bench.options).Next();
  if (!got) return FailedAt("receive", got);
  return std::nullopt;
}

}  // namespace

Cell MeasureEndOfFile(const TransportKind& kind) {
  Bench bench(kind);
  if (const auto end = Acquaint(bench)) return *end;
  if (const auto sent = SendNumber(*bench.producer, bench.options, 2); !sent) {
    return FailedAt("send", sent);
  }
  bench.producer.reset();
  NumberReceiver receiver(*bench.consumer, bench.options);
  if (const auto last = receiver.Next(); !last) return FailedAt("the last message", last);
  const auto first = receiver.Next(Deadline::After(MomentOf(kind.traits)));
  if (first) return Failed("a message came that nobody had sent");
  if (first.error().code != Errc::kPeerClosed) {
    return Measured(
        "never",
        "the last sender sent and closed; after its message the receiver hears " + Said(first));
  }
  const auto again = receiver.Next(Deadline::After(MomentOf(kind.traits)));
  if (again) return Failed("a message came that nobody had sent");
  const std::string seen = fmt::format(
      "the last sender sent and closed; after its message the receiver hears {}, then {}",
      Said(first), Said(again));
  return Measured(again.error().code == Errc::kPeerClosed ? "persistent" : "each-gap", seen);
}

Cell MeasureNobodyReceives(const TransportKind& kind) {
  Bench bench(kind);
  if (const auto end = Acquaint(bench)) return *end;
  bench.consumer.reset();
  const auto send = [&] {
    return SendNumber(*bench.producer, bench.options, 2, Deadline::After(MomentOf(kind.traits)));
  };
  const Deadline told_by =
      kind.traits.asynchronous ? Deadline::After(kMomentOfOthers) : Deadline::Now();
  int taken = 0;
  auto sent = send();
  for (; sent && (taken < kSendsMax || !told_by.HasPassed()); ++taken) sent = send();
  const std::string seen =
      fmt::format("after the last receiver closed, {} sends were taken{}", taken,
                  sent ? " and more would have been" : ", then it said " + std::string(Said(sent)));
  const bool told = !sent && sent.error().code == Errc::kPeerClosed;
  return Measured(told ? "told" : "not told", seen);
}

}  // namespace ipc_hammer
