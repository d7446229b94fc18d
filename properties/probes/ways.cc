// Does an answer come back over the same channel?
#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

constexpr std::uint8_t kQuestion = 1, kAnswer = 2;

// Where everybody may send and receive, one channel still has one direction.
Cell AskAndListen(Bench& bench, const std::string& refusal) {
  const auto listener = bench.channel->Attach(Role::kConsumer, Deadline::Now());
  if (!listener) {
    return Measured(
        "one way", "the receiver's send is refused (" + refusal + "), and so is a second receiver");
  }
  if (const auto asked = SendNumber(*bench.producer, bench.options, kQuestion); !asked) {
    return FailedAt("send", asked);
  }
  const auto heard = NumberReceiver(**listener, bench.options).Next();
  if (!heard) return FailedAt("receive", heard);
  return Measured("one way", "the receiver's send is refused (" + refusal +
                                 "), and who sends and then receives takes his own message");
}

}  // namespace

Cell MeasureWays(const TransportKind& kind) {
  Bench bench(kind);
  if (!bench.ok()) return NotMade(bench.error());
  if (const auto asked = SendNumber(*bench.producer, bench.options, kQuestion); !asked) {
    return FailedAt("send", asked);
  }
  // Who answers has to know whom.
  if (const auto heard = NumberReceiver(*bench.consumer, bench.options).Next(); !heard) {
    return FailedAt("receive", heard);
  }
  const auto answered =
      SendNumber(*bench.consumer, bench.options, kAnswer, Deadline::After(kMoment));
  if (!answered) return AskAndListen(bench, std::string(ToString(answered.error().code)));
  const auto heard = NumberReceiver(*bench.producer, bench.options).Next();
  if (!heard) return FailedAt("the receiver's answer was taken and did not come", heard);
  return Measured("both ways", "the receiver's answer came back to the sender");
}

}  // namespace ipc_hammer
