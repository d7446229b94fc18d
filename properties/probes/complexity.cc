// How many system calls does a message take, and a channel?
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/crash_points.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kMessageBytes = 64;

std::optional<std::uint64_t> CountWithEnd(const VictimBody& body) {
  Victim victim(body);
  if (!victim.is_ready()) return std::nullopt;
  return victim.CountSystemCalls();
}

// Of the operation alone: what every victim ends with is taken off.
Cell Count(const char* what, const VictimBody& body) {
  if (!CanTrace()) return NotApplicable("a process cannot be traced here");
  const auto all = CountWithEnd(body);
  const auto end = CountWithEnd({.prepare = [] { return true; }, .operation = [] {}});
  if (!all || !end) return Failed("the traced process did not come to its operation");
  const std::uint64_t count = *all - *end;
  return Measured(fmt::format("{}", count),
                  fmt::format("{}: {} system calls of the calling thread", what, count),
                  static_cast<double>(count));
}

// Both ends of a channel in one process, and what goes through.
struct Passing {
  explicit Passing(const Options& options)
      : message(Bytes(std::min(kMessageBytes, options.message_size_bytes), {})),
        buffer(options.message_size_bytes) {}

  bool Attach(Channel& channel) {
    auto of_consumer = channel.Attach(Role::kConsumer, Soon());
    auto of_producer = channel.Attach(Role::kProducer, Soon());
    if (!of_consumer || !of_producer) return false;
    consumer = *std::move(of_consumer);
    producer = *std::move(of_producer);
    return true;
  }
  bool Pass() { return producer->Send(message, 0, Soon()) && consumer->Receive(buffer, Soon()); }

  std::vector<std::byte> message, buffer;
  std::unique_ptr<Endpoint> consumer, producer;
};

}  // namespace

// The channel is this process's, for the traced one ends without destroying anything. But where
// only threads share it, it has to be made there, and has nothing that could be left.
Cell MeasureCallsOfMessage(const TransportKind& kind) {
  const Options options = UsualOptions(kind.traits);
  auto created = kind.create(FreshName(), options);
  if (!created) return NotMade(ToString(created.error()));
  std::unique_ptr<Channel> channel = *std::move(created);
  Passing passing(options);
  const auto prepare = [&] {
    if (kind.traits.reach == Reach::kThreads) {
      auto own = kind.create(FreshName(), options);
      if (own) channel = *std::move(own);
    }
    return passing.Attach(*channel) && passing.Pass() && passing.Pass();
  };
  return Count("a send and a receive of 64 B over a channel in use",
               {.prepare = prepare, .operation = [&] { static_cast<void>(passing.Pass()); }});
}

Cell MeasureCallsOfChannel(const TransportKind& kind) {
  const ChannelName name = FreshName();
  const Options options = UsualOptions(kind.traits);
  if (const auto channel = kind.create(name, options); !channel) {
    return NotMade(ToString(channel.error()));
  }
  return Count("to create a channel, attach both ends and close it all",
               {.prepare = [] { return true; },
                .operation =
                    [&] {
                      const auto channel = kind.create(name, options);
                      if (channel) static_cast<void>(Passing(options).Attach(**channel));
                    }});
}

}  // namespace ipc_hammer
