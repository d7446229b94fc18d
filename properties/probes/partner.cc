#include "properties/probes/partner.h"

#include <new>

#include "properties/conformance/bench.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kMessageBytes = 64;
constexpr std::size_t kManyMessages = 64;
// Several times what a partner needs to see that it is to stop.
constexpr std::chrono::milliseconds kGrace = 20 * kSlice;

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

Partner::Partner(const TransportKind& kind, const Work& work)
    : memory_(Mapping::Anonymous(sizeof(Stop)).value()), stop_(new(memory_.data()) Stop(false)) {
  const auto work_apart = [this, work] { return work(*stop_); };
  if (kind.traits.reach == Reach::kThreads) {
    thread_.emplace(work_apart);
  } else {
    child_.emplace(work_apart);
  }
}

Partner::~Partner() {
  *stop_ = true;
  if (child_) static_cast<void>(child_->EndsWithin(kGrace));
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
