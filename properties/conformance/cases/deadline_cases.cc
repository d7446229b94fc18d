// Rule deadline: never timed out early, and what has to happen wakes who waits for it. A single
// call is compared with the clock from below only: how late it may be is the machine's business;
// that nothing waits for ever is seen by the hang guard.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/faults/wall_clock.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::nanoseconds kTimeouts[] = {
    std::chrono::nanoseconds(1), std::chrono::microseconds(900), std::chrono::milliseconds(1),
    std::chrono::milliseconds(25)};

// `call` with that timeout must time out, and not before its time.
template <typename Call>
void ExpectTimeOut(std::chrono::nanoseconds timeout, Call call) {
  const std::int64_t start_ns = MonotonicNs();
  const auto result = call(Deadline::After(timeout));
  EXPECT_EQ(Said(result), "timed_out");
  EXPECT_GE(MonotonicNs() - start_ns, timeout.count());
}

CONFORMANCE_CASE(Deadline, AReceiveFromEmptyTimesOutNotEarly, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const auto timeout : kTimeouts) {
    ExpectTimeOut(timeout, [&](Deadline deadline) { return bench.Receive(deadline); });
  }
  EXPECT_EQ(Said(bench.Receive(Deadline::Now())), "would_block");
  EXPECT_EQ(bench.Works(), "ok");
}

CONFORMANCE_CASE(Deadline, ASendToFullTimesOutNotEarlyAndIsNotSent, GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto filled = bench.Fill();
  ASSERT_EQ(Said(filled), "ok");
  for (const auto timeout : kTimeouts) {
    ExpectTimeOut(timeout, [&](Deadline deadline) { return bench.Send(deadline); });
  }
  ASSERT_EQ(Said(bench.Drain(*filled)), "ok");
  EXPECT_EQ(Said(bench.Receive()), "would_block");
  EXPECT_EQ(bench.Works(), "ok");
}

// Of many short waits one at least is short, however busy the machine: otherwise it is the kind
// that takes longer, in a sleep or in a slice of its own.
template <typename Call>
void ExpectToBeShortOnce(Call call) {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kTimeout{2};
  constexpr std::chrono::milliseconds kShort{30};
  std::int64_t shortest_ns = std::chrono::nanoseconds(std::chrono::hours(1)).count();
  for (int i = 0; i < kTries && shortest_ns >= std::chrono::nanoseconds(kShort).count(); ++i) {
    const std::int64_t start_ns = MonotonicNs();
    ASSERT_EQ(Said(call(Deadline::After(kTimeout))), "timed_out");
    shortest_ns = std::min(shortest_ns, MonotonicNs() - start_ns);
  }
  EXPECT_LT(shortest_ns, std::chrono::nanoseconds(kShort).count());
}

CONFORMANCE_CASE(Deadline, ShortWaitsAreNotAlwaysLong, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ExpectToBeShortOnce([&](Deadline deadline) { return bench.Receive(deadline); });
  if (!GetsFull(kind.traits)) return;
  ASSERT_EQ(Said(bench.Fill()), "ok");
  ExpectToBeShortOnce([&](Deadline deadline) { return bench.Send(deadline); });
}

// The wall clock is wrong all the time, or is set when it has been read once. A deadline that hangs
// on it is met at once, or in an hour: the hang guard sees that.
struct WallClock {
  std::chrono::seconds wrong_by;
  int true_readings;
};
constexpr WallClock kWallClocks[] = {{std::chrono::hours(1), 0},
                                     {std::chrono::minutes(-2), 0},
                                     {std::chrono::hours(1), 1},
                                     {std::chrono::minutes(-2), 1}};

template <typename Call>
void ExpectTimeOutByAnyWallClock(Call call) {
  for (const auto& [wrong_by, true_readings] : kWallClocks) {
    const WallClockStep step(wrong_by, true_readings);
    ExpectTimeOut(std::chrono::milliseconds(25), call);
  }
}

CONFORMANCE_CASE(Deadline, TheWallClockDoesNotMoveIt, !traits.wall_clock_deadlines) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ExpectTimeOutByAnyWallClock([&](Deadline deadline) { return bench.Receive(deadline); });
  EXPECT_EQ(bench.Works(), "ok");
  if (!GetsFull(kind.traits)) return;
  ASSERT_EQ(Said(bench.Fill()), "ok");
  ExpectTimeOutByAnyWallClock([&](Deadline deadline) { return bench.Send(deadline); });
}

CONFORMANCE_CASE(Deadline, ABlockedReceiveTakesWhatArrives, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const Deadline deadline : {Deadline::Never(), Soon()}) {
    ThreadActor<Result<void>> receiver([&] { return bench.Receive(deadline); });
    receiver.WaitUntilAsleep();
    ASSERT_EQ(Said(bench.Send(Soon())), "ok");
    EXPECT_EQ(Said(receiver.Join()), "ok");
  }
}

CONFORMANCE_CASE(Deadline, ABlockedSendGoesOnWhenThereIsRoom, GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto filled = bench.Fill();
  ASSERT_EQ(Said(filled), "ok");
  ThreadActor<Result<void>> sender([&] { return bench.Send(Deadline::Never()); });
  sender.WaitUntilAsleep();
  ASSERT_EQ(Said(bench.Drain(*filled + 1)), "ok");
  EXPECT_EQ(Said(sender.Join()), "ok");
}

// The two directions of an endpoint are two threads' business, and neither waits for the other.
CONFORMANCE_CASE(Deadline, ABlockedReceiveHoldsUpNoSendOfItsEndpoint, traits.duplex) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  ThreadActor<Result<MessageId>> waiting([&] {
    return ReceiveUnit(*bench.producer, kind.traits, bench.options, {1, 0}, Deadline::Never());
  });
  waiting.WaitUntilAsleep();
  ASSERT_EQ(bench.Works(), "ok");
  ASSERT_EQ(Said(SendUnit(*bench.consumer, kind.traits, bench.options, {1, 0}, Soon())), "ok");
  EXPECT_EQ(Said(waiting.Join()), "ok");
}

CONFORMANCE_CASE(Deadline, ABlockedSendHoldsUpNoReceiveOfItsEndpoint,
                 traits.duplex&& GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  const auto filled = bench.Fill();
  ASSERT_EQ(Said(filled), "ok");
  ThreadActor<Result<void>> waiting([&] { return bench.Send(Deadline::Never()); });
  waiting.WaitUntilAsleep();
  ASSERT_EQ(Said(SendUnit(*bench.consumer, kind.traits, bench.options, {1, 0}, Soon())), "ok");
  const auto answer = ReceiveUnit(*bench.producer, kind.traits, bench.options, {1, 0}, Soon());
  EXPECT_EQ(Said(answer), "ok");
  ASSERT_EQ(Said(bench.Drain(*filled + 1)), "ok");
  EXPECT_EQ(Said(waiting.Join()), "ok");
}

// Both sides block in turn, so that a wake-up that is lost once is a time-out.
CONFORMANCE_CASE(Deadline, NoWakeUpIsLost, !traits.lossy) {
  constexpr int kUnits = 2000;
  Bench bench(kind, WithCapacity(kind.traits, 1));
  ASSERT_TRUE(bench.ok()) << bench.error();
  ThreadActor<Result<void>> sender([&]() -> Result<void> {
    for (int i = 0; i < kUnits; ++i) {
      if (auto sent = bench.Send(Soon()); !sent) return sent;
    }
    return {};
  });
  for (int i = 0; i < kUnits; ++i) ASSERT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(Said(sender.Join()), "ok");
}

CONFORMANCE_CASE(Deadline, TwoUnitsWakeTwoConsumers,
                 traits.consumers_max > 1 && traits.shape != Shape::kBytes) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  auto second = bench.channel->Attach(Role::kConsumer, Soon());
  ASSERT_EQ(Said(second), "ok");
  const auto receive = [&](Endpoint& from) {
    return ReceiveUnit(from, kind.traits, bench.options, {}, Deadline::Never());
  };
  ThreadActor<Result<MessageId>> c0([&] { return receive(*bench.consumer); });
  ThreadActor<Result<MessageId>> c1([&] { return receive(**second); });
  c0.WaitUntilAsleep();
  c1.WaitUntilAsleep();
  for (int i = 0; i < 2; ++i) ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  const auto first_id = c0.Join(), second_id = c1.Join();
  ASSERT_EQ(Said(first_id) + Said(second_id), "okok");
  if (kind.traits.shape == Shape::kMessages) EXPECT_NE(*first_id, *second_id);
}

}  // namespace
}  // namespace ipc_hammer
