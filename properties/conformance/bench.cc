#include "properties/conformance/bench.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <span>

#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kRun = 0x5eed;
constexpr std::size_t kUnitBytes = 64;
constexpr std::size_t kUsualMessageBytes = 1024;
constexpr std::size_t kUsualCapacity = 8;

std::size_t UnitBytes(const Traits& traits, const Options& options) {
  if (traits.shape == Shape::kTokens) return 0;
  if (traits.shape == Shape::kBytes) return 1;
  return std::min(kUnitBytes, options.message_size_bytes);
}

std::size_t BufferBytes(const Traits& traits, const Options& options) {
  return traits.shape == Shape::kBytes ? 1 : options.message_size_bytes;
}

void FillUnit(std::span<std::byte> unit, const Traits& traits, MessageId id) {
  if (traits.shape == Shape::kBytes) return FillStream(unit, kRun, id.producer, id.sequence);
  FillPayload(unit, kRun, id);
}

bool IsUnit(std::span<const std::byte> unit, const Traits& traits, MessageId id) {
  if (traits.shape == Shape::kBytes) return MatchesStream(unit, kRun, id.producer, id.sequence);
  return Matches(unit, kRun, id);
}

}  // namespace

ChannelName FreshName() {
  static std::atomic<unsigned> next = 0;
  return {NamePrefix() + "case" + std::to_string(getpid()) + "." + std::to_string(next++),
          ScratchFolder()};
}

Options UsualOptions(const Traits& traits) { return WithCapacity(traits, kUsualCapacity); }

Options WithCapacity(const Traits& traits, std::size_t capacity_messages) {
  Options options;
  options.capacity_messages = traits.capacity_messages_max == 0
                                  ? capacity_messages
                                  : std::min(capacity_messages, traits.capacity_messages_max);
  options.message_size_bytes = std::min(kUsualMessageBytes, traits.message_size_max);
  return options;
}

Options SmallOptions(const Traits& traits) {
  Options options = WithCapacity(traits, 4);
  if (traits.shape == Shape::kMessages) {
    options.message_size_bytes = std::min<std::size_t>(options.message_size_bytes, 64);
  }
  return options;
}

std::vector<std::byte> Bytes(std::size_t size_bytes, MessageId id) {
  std::vector<std::byte> bytes(size_bytes);
  FillPayload(bytes, kRun, id);
  return bytes;
}

namespace {

Result<void> SendUnit(Endpoint& from, const Traits& traits, std::span<std::byte> unit, MessageId id,
                      Deadline deadline) {
  FillUnit(unit, traits, id);
  const auto taken = from.Send(unit, 0, deadline);
  if (!taken) return std::unexpected(taken.error());
  if (*taken != unit.size()) return Fail(Errc::kCorrupt, "Send took another size");
  return {};
}

Result<MessageId> ReceiveUnit(Endpoint& to, const Traits& traits, std::span<std::byte> buffer,
                              std::size_t unit_bytes, MessageId expected, Deadline deadline) {
  const bool stream = traits.shape == Shape::kBytes;
  const auto received = to.Receive(buffer, deadline);
  if (!received) return std::unexpected(received.error());
  const std::span<const std::byte> unit = buffer.first(received->size_bytes);
  if (unit.size() != unit_bytes) return Fail(Errc::kCorrupt, "another size");
  const auto id = stream ? std::nullopt : Identify(unit, kRun);
  if (!IsUnit(unit, traits, id.value_or(expected))) return Fail(Errc::kCorrupt, "another payload");
  return id.value_or(expected);
}

}  // namespace

Result<void> SendUnit(Endpoint& from, const Traits& traits, const Options& options, MessageId id,
                      Deadline deadline) {
  std::vector<std::byte> unit(UnitBytes(traits, options));
  return SendUnit(from, traits, unit, id, deadline);
}

Result<MessageId> ReceiveUnit(Endpoint& to, const Traits& traits, const Options& options,
                              MessageId expected, Deadline deadline) {
  std::vector<std::byte> buffer(BufferBytes(traits, options));
  return ReceiveUnit(to, traits, buffer, UnitBytes(traits, options), expected, deadline);
}

Bench::Bench(const TransportKind& of, const Options& with)
    : kind(of),
      options(with),
      name(FreshName()),
      unit_(UnitBytes(of.traits, with)),
      buffer_(BufferBytes(of.traits, with)) {
  if (const auto made = Make(); !made) error_ = ToString(made.error());
}

Result<void> Bench::Make() {
  auto created = kind.create(name, options);
  if (!created) return std::unexpected(created.error());
  channel = std::move(*created);
  for (const Role role : {Role::kConsumer, Role::kProducer}) {
    auto attached = channel->Attach(role, Soon());
    if (!attached) return std::unexpected(attached.error());
    (role == Role::kConsumer ? consumer : producer) = std::move(*attached);
  }
  return {};
}

Deadline Bench::SendDeadline(Deadline asked) const {
  const Traits& traits = kind.traits;
  const std::uint64_t queued = sent_ - received_;
  const bool has_room =
      traits.shape == Shape::kBytes ? queued < traits.floor_bytes : queued < traits.floor_messages;
  return traits.asynchronous && has_room && asked.is_now() ? Soon() : asked;
}

Deadline Bench::ReceiveDeadline(Deadline asked) const {
  return kind.traits.asynchronous && sent_ > received_ && asked.is_now() ? Soon() : asked;
}

Result<void> Bench::Send(Deadline deadline) {
  auto sent = SendUnit(*producer, kind.traits, unit_, {0, sent_.load()}, SendDeadline(deadline));
  if (sent) ++sent_;
  return sent;
}

Result<void> Bench::Receive(Deadline deadline) {
  const MessageId expected{0, received_.load()};
  const auto id = ReceiveUnit(*consumer, kind.traits, buffer_, unit_.size(), expected,
                              ReceiveDeadline(deadline));
  if (!id) return std::unexpected(id.error());
  if (*id != expected) return Fail(Errc::kCorrupt, "another message than the next one");
  ++received_;
  return {};
}

// A stream is filled with large writes first; what is left takes single bytes. What is under way in
// an asynchronous kind may make room again, so that "full" is what stays full for a while: TCP asks
// again after 200 ms whether its peer has room.
Result<std::size_t> Bench::Fill() {
  const std::uint64_t before = sent_;
  const auto patience = [&] {
    return kind.traits.asynchronous ? Deadline::After(std::chrono::milliseconds(500))
                                    : Deadline::Now();
  };
  const auto is_full = [](Errc code) {
    return code == Errc::kWouldBlock || code == Errc::kTimedOut;
  };
  while (kind.traits.shape == Shape::kBytes) {
    std::vector<std::byte> bytes(4096);
    FillStream(bytes, kRun, 0, sent_);
    const auto taken = producer->Send(bytes, 0, patience());
    if (!taken && is_full(taken.error().code)) break;
    if (!taken) return std::unexpected(taken.error());
    sent_ += *taken;
  }
  for (;;) {
    const auto sent = Send(patience());
    if (!sent && is_full(sent.error().code)) return sent_ - before;
    if (!sent) return std::unexpected(sent.error());
  }
}

Result<void> Bench::Drain(std::size_t units) {
  const std::uint64_t end = received_ + units;
  while (received_ < end && kind.traits.shape == Shape::kBytes) {
    std::vector<std::byte> buffer(std::min<std::size_t>(4096, end - received_));
    const auto got = consumer->Receive(buffer, Soon());
    if (!got) return std::unexpected(got.error());
    const auto bytes = std::span(buffer).first(got->size_bytes);
    if (!MatchesStream(bytes, kRun, 0, received_)) return Fail(Errc::kCorrupt, "other bytes");
    received_ += got->size_bytes;
  }
  while (received_ < end) {
    if (auto got = Receive(Soon()); !got) return got;
  }
  return {};
}

std::string Bench::Works(int count) {
  for (int i = 0; i < count; ++i) {
    if (const auto sent = Send(Soon()); !sent) return "send: " + ToString(sent.error());
    if (const auto got = Receive(Soon()); !got) return "receive: " + ToString(got.error());
  }
  return "ok";
}

}  // namespace ipc_hammer
