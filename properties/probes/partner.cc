#include "properties/probes/partner.h"

#include <sched.h>

#include "properties/conformance/bench.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kMessageBytes = 64;
constexpr std::size_t kManyMessages = 64;

// Keeps the calling thread to one of two processors, where there are two: whether the two sides
// share one decides more about the speed than most kinds do, and is not to be left to chance.
void KeepToProcessor(int which) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &allowed) || which-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i, &one);
    static_cast<void>(sched_setaffinity(0, sizeof one, &one));
  }
}

}  // namespace

Line::Line(const TransportKind& kind) : options(WithCapacity(kind.traits, kManyMessages)) {
  auto created = kind.create(FreshName(), options);
  if (created) {
    channel = *std::move(created);
  } else {
    error = ToString(created.error());
  }
}

Buffers::Buffers(const Options& options)
    : message(Bytes(std::min(kMessageBytes, options.message_size_bytes), {})),
      room(options.message_size_bytes) {}

Partner::Partner(const TransportKind& kind, const Work& work) {
  const auto work_apart = [this, work] {
    KeepToProcessor(1);
    return work(stop_);
  };
  if (kind.traits.reach == Reach::kThreads) {
    thread_.emplace(work_apart);
  } else {
    child_.emplace(work_apart);
  }
  KeepToProcessor(0);
}

bool SendAll(Endpoint& to, std::span<const std::byte> message, Deadline deadline) {
  do {
    const auto taken = to.Send(message, 0, deadline);
    if (!taken) return false;
    message = message.subspan(*taken);
  } while (!message.empty());
  return true;
}

}  // namespace ipc_hammer
