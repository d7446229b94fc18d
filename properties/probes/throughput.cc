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

// Messages a second of one run. Bytes decide where several may come at once.
double ReceiveForARun(Endpoint& from, Buffers& buffers) {
  const std::int64_t begin_ns = MonotonicNs();
  const Deadline end = Deadline::After(kSpeedRun);
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

}  // namespace

Cell MeasureThroughput(const TransportKind& kind) {
  Line line(kind);
  if (line.channel == nullptr) return NotMade(line.error);
  const auto consumer = line.channel->Attach(Role::kConsumer, Soon());
  if (!consumer) return FailedAt("attach", consumer);
  const Partner partner(
      kind, [&line](const Partner::Stop& stop) { return SendUntilStopped(line, stop); });
  Buffers buffers(line.options);
  if (const auto first = (*consumer)->Receive(buffers.room, Soon()); !first) {
    return FailedAt("receive", first);
  }
  std::array<double, kSpeedRuns> rates{};
  for (double& rate : rates) rate = ReceiveForARun(**consumer, buffers);
  const double rate = Median(rates);
  return Measured(
      fmt::format("{:.0f}", rate),
      fmt::format("{} passed {:.0f} {} a second, the median of {} runs of {} ms", partner.Who(),
                  rate, UnitsOf(line.options), kSpeedRuns, kSpeedRun.count()),
      rate);
}

}  // namespace ipc_hammer
