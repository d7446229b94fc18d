// Rule order: per producer; for one queue as a whole; by priority where the kind has priorities.
#include <algorithm>
#include <array>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"

namespace ipc_hammer {
namespace {

constexpr bool Identifies(const Traits& traits) {
  return traits.shape == Shape::kMessages && traits.message_size_max >= kPayloadHeaderBytes;
}

CONFORMANCE_CASE(Order, OneProducersMessagesArriveAsSent, traits.shape != Shape::kTokens) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  std::size_t queued = 0;
  const std::size_t at_once = std::min<std::size_t>(bench.options.capacity_messages, 5);
  for (int i = 0; i < 200; ++i) {
    for (; queued < at_once; ++queued) ASSERT_EQ(Said(bench.Send(Soon())), "ok");
    for (; queued > static_cast<std::size_t>(i) % at_once; --queued) {
      ASSERT_EQ(Said(bench.Receive(Soon())), "ok");
    }
  }
}

// What goes wrong once in thousands of messages, or when a number of sixteen bits wraps.
LONG_CONFORMANCE_CASE(Order, MoreMessagesThanSixteenBitsCountArriveAsSent,
                      traits.shape == Shape::kMessages && !traits.asynchronous) {
  constexpr int kMessages = 70'000;
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::size_t at_once = std::min<std::size_t>(bench.options.capacity_messages, 5);
  for (std::size_t i = 0; i < kMessages; i += at_once) {
    if (i % 1000 == 0) StillMoves();
    for (std::size_t j = 0; j < at_once; ++j) ASSERT_EQ(Said(bench.Send(Soon())), "ok") << i + j;
    for (std::size_t j = 0; j < at_once; ++j) ASSERT_EQ(Said(bench.Receive(Soon())), "ok") << i + j;
  }
}

CONFORMANCE_CASE(Order, OneQueueIsInTheOrderOfTheSendsWhoeverSent,
                 Identifies(traits) && traits.order == Order::kFifo && traits.producers_max > 1) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  auto second = bench.channel->Attach(Role::kProducer, Soon());
  ASSERT_EQ(Said(second), "ok");
  const Traits& traits = kind.traits;
  const std::size_t count = std::min<std::size_t>(bench.options.capacity_messages, 6);
  for (std::uint32_t i = 0; i < count; ++i) {
    Endpoint& sender = i % 3 == 1 ? **second : *bench.producer;
    ASSERT_EQ(Said(SendUnit(sender, traits, bench.options, {i % 3, i}, Soon())), "ok");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto id = ReceiveUnit(*bench.consumer, traits, bench.options, {}, Soon());
    ASSERT_EQ(Said(id), "ok");
    EXPECT_EQ(id->sequence, i);
  }
}

// Sends `count` units; the first error.
Result<void> SendMany(Endpoint& from, const Bench& bench, std::uint32_t producer, int count) {
  for (int i = 0; i < count; ++i) {
    const MessageId id{producer, static_cast<std::uint64_t>(i)};
    if (auto sent = SendUnit(from, bench.kind.traits, bench.options, id, Soon()); !sent)
      return sent;
  }
  return {};
}

CONFORMANCE_CASE(Order, RacingProducersKeepTheirOwnOrderAndLoseNothing,
                 Identifies(traits) && traits.producers_max > 1 && !traits.lossy) {
  constexpr int kEach = 500;
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  auto second = bench.channel->Attach(Role::kProducer, Soon());
  ASSERT_EQ(Said(second), "ok");
  ThreadActor<Result<void>> p0([&] { return SendMany(*bench.producer, bench, 0, kEach); });
  ThreadActor<Result<void>> p1([&] { return SendMany(**second, bench, 1, kEach); });
  std::array<std::uint64_t, 2> next{};
  for (int i = 0; i < 2 * kEach; ++i) {
    const auto id = ReceiveUnit(*bench.consumer, kind.traits, bench.options, {}, Soon());
    ASSERT_EQ(Said(id), "ok");
    ASSERT_LT(id->producer, next.size());
    ASSERT_EQ(id->sequence, next[id->producer]++);
  }
  EXPECT_EQ(Said(p0.Join()), "ok");
  EXPECT_EQ(Said(p1.Join()), "ok");
  EXPECT_EQ(Said(bench.Receive()), "would_block");
}

struct Prioritised {
  std::uint32_t priority;
  std::uint64_t sequence;
};

CONFORMANCE_CASE(Order, TheHighestPriorityComesFirstAndEqualsInTheOrderOfTheSends,
                 Identifies(traits) && traits.order == Order::kPriority) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::uint32_t top = kind.traits.priorities - 1;
  std::vector<Prioritised> sent = {{0, 0}, {top, 1},     {1, 2}, {top, 3},
                                   {0, 4}, {top / 2, 5}, {1, 6}};
  sent.resize(std::min(sent.size(), bench.options.capacity_messages));
  for (const auto& [priority, sequence] : sent) {
    ASSERT_EQ(Said(bench.producer->Send(Bytes(64, {0, sequence}), priority, Soon())), "ok");
  }
  std::ranges::sort(sent, [](const Prioritised& a, const Prioritised& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.sequence < b.sequence;
  });
  for (const auto& [priority, sequence] : sent) {
    std::vector<std::byte> buffer(bench.options.message_size_bytes);
    const auto received = bench.consumer->Receive(buffer, Soon());
    ASSERT_EQ(Said(received), "ok");
    EXPECT_EQ(received->priority, priority);
    buffer.resize(received->size_bytes);
    EXPECT_EQ(buffer, Bytes(64, {0, sequence}));
  }
}

CONFORMANCE_CASE(Order, APriorityAboveTheHighestIsRefusedAndNothingIsSent,
                 traits.shape == Shape::kMessages) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const std::uint32_t priority : {kind.traits.priorities, ~0U}) {
    EXPECT_EQ(Said(bench.producer->Send(Bytes(1, {}), priority, Deadline::Now())),
              "invalid_argument");
    EXPECT_EQ(Said(bench.Receive()), "would_block");
  }
  EXPECT_EQ(bench.Works(), "ok");
}

}  // namespace
}  // namespace ipc_hammer
