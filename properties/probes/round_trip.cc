// How long does a message of 64 bytes take there and back? Over two channels, one for each way, so
// that every kind is asked for the same.
#include <fmt/format.h>

#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"
#include "properties/probes/partner.h"

namespace ipc_hammer {
namespace {

bool ReceiveAll(Endpoint& from, Buffers& buffers, Deadline deadline) {
  std::size_t had = 0;
  do {
    const auto got = from.Receive(buffers.room, deadline);
    if (!got) return false;
    if (got->source_ended) continue;
    had += got->size_bytes;
  } while (had < buffers.message.size());
  return true;
}

int SendBackUntilStopped(Line& there, Line& back, const Partner::Stop& stop) {
  const auto consumer = there.channel->Attach(Role::kConsumer, Soon());
  const auto producer = back.channel->Attach(Role::kProducer, Soon());
  if (!consumer || !producer) return 1;
  Buffers buffers(there.options);
  while (!stop) {
    if (!ReceiveAll(**consumer, buffers, Deadline::After(kSlice))) continue;
    if (!SendAll(**producer, buffers.message, Soon())) return 1;
  }
  return 0;
}

// Nanoseconds of one trip, the mean of that time; 0: a message did not come back.
template <typename Trip>
double TripFor(std::chrono::milliseconds time, Trip trip) {
  const std::int64_t begin_ns = MonotonicNs();
  const std::int64_t end_ns = begin_ns + std::chrono::nanoseconds(time).count();
  std::int64_t trips = 0, now_ns = begin_ns;
  for (; now_ns < end_ns; now_ns = MonotonicNs()) {
    if (!trip()) return 0;
    ++trips;
  }
  return static_cast<double>(now_ns - begin_ns) / static_cast<double>(trips);
}

Speed TripOfARun(const TransportKind& kind) {
  Line there(kind), back(kind);
  for (const Line* line : {&there, &back}) {
    if (line->channel == nullptr) return std::unexpected(NotMade(line->error));
  }
  const auto consumer = back.channel->Attach(Role::kConsumer, Soon());
  if (!consumer) return std::unexpected(FailedAt("attach", consumer));
  const Partner partner(
      kind, [&](const Partner::Stop& stop) { return SendBackUntilStopped(there, back, stop); });
  const auto producer = there.channel->Attach(Role::kProducer, Soon());
  if (!producer) return std::unexpected(FailedAt("attach", producer));
  Buffers buffers(there.options);
  const auto trip = [&] {
    return SendAll(**producer, buffers.message, Soon()) && ReceiveAll(**consumer, buffers, Soon());
  };
  const bool is_warm = TripFor(kWarmUp, trip) > 0;
  const double ns = is_warm ? TripFor(kSpeedRun, trip) : 0;
  if (ns <= 0) return std::unexpected(Failed("a message did not come back"));
  return ns;
}

}  // namespace

Cell MeasureRoundTrip(const TransportKind& kind) {
  const Speed ns = MedianOfRuns([&kind] { return TripOfARun(kind); });
  if (!ns) return ns.error();
  return Measured(
      fmt::format("{:.0f}", *ns),
      fmt::format("{} passed {} there over one channel and back over another in {:.0f} "
                  "ns, the median of {} such pairs for {} ms each",
                  PairsOf(kind), kind.traits.shape == Shape::kTokens ? "a token" : "64 B", *ns,
                  kSpeedRuns, kSpeedRun.count()),
      *ns);
}

}  // namespace ipc_hammer
