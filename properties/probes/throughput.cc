// How many messages of 64 bytes go through a channel in a second?
#include <fmt/format.h>

#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"
#include "properties/probes/partner.h"

namespace ipc_hammer {
namespace {

// How many messages pass between two looks at the clock.
constexpr int kBetweenLooks = 32;

int SendUntilStopped(Line& line, const Partner::Stop& stop) {
  const auto producer = line.channel->Attach(Role::kProducer, Soon());
  if (!producer) return 1;
  const Buffers buffers(line.options);
  while (!stop) {
    const Deadline slice = Deadline::After(kSlice);
    for (int i = 0; i < kBetweenLooks; ++i) {
      if (!SendAll(**producer, buffers.message, slice)) break;
    }
  }
  return 0;
}

// Messages a second. Bytes decide where several may come at once.
double ReceiveFor(std::chrono::milliseconds time, Endpoint& from, Buffers& buffers) {
  const std::int64_t begin_ns = MonotonicNs();
  const Deadline end = Deadline::After(time);
  double messages = 0, bytes = 0;
  for (int calls = 0; calls % kBetweenLooks != 0 || !end.HasPassed(); ++calls) {
    const auto got = from.Receive(buffers.room, end);
    if (!got) break;
    messages += 1;
    bytes += static_cast<double>(got->size_bytes);
  }
  if (!buffers.message.empty()) messages = bytes / static_cast<double>(buffers.message.size());
  return messages * 1e9 / static_cast<double>(MonotonicNs() - begin_ns);
}

Speed RateOfARun(const TransportKind& kind) {
  Line line(kind);
  if (line.channel == nullptr) return std::unexpected(NotMade(line.error));
  const auto consumer = line.channel->Attach(Role::kConsumer, Soon());
  if (!consumer) return std::unexpected(FailedAt("attach", consumer));
  const Partner partner(
      kind, [&line](const Partner::Stop& stop) { return SendUntilStopped(line, stop); });
  Buffers buffers(line.options);
  if (const auto first = (*consumer)->Receive(buffers.room, Soon()); !first) {
    return std::unexpected(FailedAt("receive", first));
  }
  ReceiveFor(kWarmUp, **consumer, buffers);
  return ReceiveFor(kSpeedRun, **consumer, buffers);
}

}  // namespace

Cell MeasureThroughput(const TransportKind& kind) {
  const Speed rate = MedianOfRuns([&kind] { return RateOfARun(kind); });
  if (!rate) return rate.error();
  return Measured(
      fmt::format("{:.0f}", *rate),
      fmt::format("{} passed {:.0f} {} a second, the median of {} such pairs for {} ms each",
                  PairsOf(kind), *rate, UnitsOf(UsualOptions(kind.traits)), kSpeedRuns,
                  kSpeedRun.count()),
      *rate);
}

}  // namespace ipc_hammer
