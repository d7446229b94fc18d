// Rule close: drained data before the end of file; sending to nobody is an error and never a death
// by SIGPIPE; a closed direction is closed, and only that one.
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"

namespace ipc_hammer {
namespace {

constexpr bool SeesTheEnd(const Traits& traits) { return traits.end_of_file != EndOfFile::kNever; }

// A stream with connections reports the end of one of them as a receive of nothing, first.
Result<void> ReceiveEnd(Bench& bench, Deadline deadline) {
  std::vector<std::byte> buffer(std::max<std::size_t>(bench.options.message_size_bytes, 1));
  auto received = bench.consumer->Receive(buffer, deadline);
  while (received && received->source_ended) received = bench.consumer->Receive(buffer, deadline);
  if (!received) return std::unexpected(received.error());
  return {};
}

CONFORMANCE_CASE(Close, WhatWasSentIsReceivedBeforeTheEndOfFile, SeesTheEnd(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  bench.producer.reset();
  bench.channel->Detach();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(Said(ReceiveEnd(bench, Soon())), "peer_closed");
  const bool persistent = kind.traits.end_of_file == EndOfFile::kPersistent;
  EXPECT_EQ(Said(ReceiveEnd(bench, Deadline::Now())), persistent ? "peer_closed" : "would_block");
}

CONFORMANCE_CASE(Close, ClosingTheSendingDirectionIsAnEndOfFile, SeesTheEnd(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  ASSERT_EQ(Said(bench.producer->CloseDirection(Direction::kSend)), "ok");
  bench.channel->Detach();
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(Said(ReceiveEnd(bench, Soon())), "peer_closed");
}

CONFORMANCE_CASE(Close, PeerCloseUnblocksReceive, SeesTheEnd(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  bench.channel->Detach();
  // Something has to have been received, so that the receiver knows of its peer.
  ASSERT_EQ(bench.Works(1), "ok");
  ThreadActor<Result<void>> receiver([&] { return ReceiveEnd(bench, Deadline::Never()); });
  receiver.WaitUntilAsleep();
  bench.producer.reset();
  EXPECT_EQ(Said(receiver.Join()), "peer_closed");
}

CONFORMANCE_CASE(Close, OneProducerOfTwoIsNoEndOfFile,
                 SeesTheEnd(traits) && traits.producers_max > 1) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  auto second = bench.channel->Attach(Role::kProducer, Soon());
  ASSERT_EQ(Said(second), "ok");
  bench.channel->Detach();
  ASSERT_EQ(bench.Works(1), "ok");
  second->reset();
  EXPECT_EQ(Said(ReceiveEnd(bench, Deadline::Now())), "would_block");
  EXPECT_EQ(bench.Works(1), "ok");
}

CONFORMANCE_CASE(Close, NoProducerIsNotSaidWhereItIsNotKnown, !SeesTheEnd(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  bench.producer.reset();
  bench.channel->Detach();
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(Said(bench.Receive()), "would_block");
}

// 0 if sending to nobody ended with peer_closed, while SIGPIPE had its default disposition.
int SendToNobody(const TransportKind& kind) {
  signal(SIGPIPE, SIG_DFL);
  Bench bench(kind);
  if (!bench.ok()) return 2;
  bench.channel->Detach();
  if (bench.Works(1) != "ok") return 3;
  bench.consumer.reset();
  // What is asynchronous may take some more until it knows.
  const Deadline patience = Soon();
  auto sent = bench.Send();
  while (sent && kind.traits.asynchronous && !patience.HasPassed()) sent = bench.Send(patience);
  return !sent && sent.error().code == Errc::kPeerClosed ? 0 : 1;
}

CONFORMANCE_CASE(Close, SendToNobodyIsAnErrorAndNotADeath, traits.send_needs_consumer) {
  ChildActor sender([&] { return SendToNobody(kind); });
  EXPECT_EQ(sender.Wait(), "exit 0");
}

CONFORMANCE_CASE(Close, PeerCloseUnblocksSend, (traits.send_needs_consumer && GetsFull(traits))) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  bench.channel->Detach();
  ASSERT_EQ(bench.Works(1), "ok");
  ASSERT_EQ(Said(bench.Fill()), "ok");
  ThreadActor<Result<void>> sender([&] { return bench.Send(Deadline::Never()); });
  sender.WaitUntilAsleep();
  bench.consumer.reset();
  EXPECT_EQ(Said(sender.Join()), "peer_closed");
}

// Who sends to a direction that its peer closes is blocked in the kernel, which may wake nobody.
void ExpectTurnedAway(Endpoint& sender, Endpoint& receiver, const Bench& bench) {
  const auto send = [&](Deadline deadline) {
    return SendUnit(sender, bench.kind.traits, bench.options, {0, 0}, deadline);
  };
  Result<void> sent = send(Deadline::Now());
  while (sent) sent = send(Deadline::Now());
  ASSERT_EQ(Said(sent), "would_block");
  ThreadActor<Result<void>> blocked([&] { return send(Deadline::Never()); });
  blocked.WaitUntilAsleep();
  ASSERT_EQ(Said(receiver.CloseDirection(Direction::kReceive)), "ok");
  EXPECT_EQ(Said(blocked.Join()), "peer_closed");
}

CONFORMANCE_CASE(Close, ClosingToReceiveTurnsABlockedSenderAway,
                 (traits.send_needs_consumer && GetsFull(traits) && !traits.asynchronous)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  bench.channel->Detach();
  ASSERT_EQ(bench.Works(1), "ok");  // so that the consumer knows whom to answer
  ExpectTurnedAway(*bench.producer, *bench.consumer, bench);
  if (kind.traits.duplex) ExpectTurnedAway(*bench.consumer, *bench.producer, bench);
}

CONFORMANCE_CASE(Close, WithoutAConsumerMessagesAreKept,
                 !traits.send_needs_consumer && traits.reopens_consumer) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  bench.consumer.reset();
  ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  auto consumer = bench.channel->Attach(Role::kConsumer, Soon());
  ASSERT_EQ(Said(consumer), "ok");
  bench.consumer = *std::move(consumer);
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
}

CONFORMANCE_CASE(Close, QueuedMessagesStayWhenNobodyIsThere, traits.keeps_queued) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  bench.producer.reset();
  bench.consumer.reset();
  auto consumer = bench.channel->Attach(Role::kConsumer, Soon());
  ASSERT_EQ(Said(consumer), "ok");
  bench.consumer = *std::move(consumer);
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(Said(bench.Receive()), "would_block");
}

CONFORMANCE_CASE(Close, AClosedProducerCanBeOpenedAgain, traits.reopens_producer) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(bench.Works(1), "ok");
    bench.producer.reset();
    auto producer = bench.channel->Attach(Role::kProducer, Soon());
    ASSERT_EQ(Said(producer), "ok");
    bench.producer = *std::move(producer);
    // The end of the one before may be told once.
    if (kind.traits.shape == Shape::kBytes || SeesTheEnd(kind.traits)) {
      static_cast<void>(ReceiveEnd(bench, Deadline::Now()));
    }
  }
  EXPECT_EQ(bench.Works(), "ok");
}

CONFORMANCE_CASE(Close, HalfCloseKeepsTheOtherDirection, traits.duplex) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  ASSERT_EQ(Said(bench.producer->CloseDirection(Direction::kSend)), "ok");
  const Traits& traits = kind.traits;
  for (std::uint64_t i = 0; i < 3; ++i) {
    const MessageId id{1, i};
    ASSERT_EQ(Said(SendUnit(*bench.consumer, traits, bench.options, id, Soon())), "ok");
    const auto answer = ReceiveUnit(*bench.producer, traits, bench.options, id, Soon());
    ASSERT_EQ(Said(answer), "ok");
    EXPECT_EQ(*answer, id);
  }
  EXPECT_EQ(Said(bench.Send()), "closed");
}

// Whoever receives learns of the end, and is done with the connection, while another thread still
// waits to answer on it (nanomsg/nng#1837).
CONFORMANCE_CASE(Close, AnAnswerThatWaitsForRoomEndsWithItsPeer,
                 (traits.duplex && !traits.asynchronous)) {
  for (int i = 0; i < 10; ++i) {
    Bench bench(kind);
    ASSERT_TRUE(bench.ok()) << bench.error();
    bench.channel->Detach();
    ASSERT_EQ(bench.Works(1), "ok");
    const auto answer = [&](Deadline deadline) {
      return SendUnit(*bench.consumer, kind.traits, bench.options, {1, 0}, deadline);
    };
    Result<void> sent = answer(Deadline::Now());
    while (sent) sent = answer(Deadline::Now());
    ASSERT_EQ(Said(sent), "would_block");
    ThreadActor<Result<void>> blocked([&] { return answer(Deadline::Never()); });
    blocked.WaitUntilAsleep();
    bench.producer.reset();
    EXPECT_EQ(Said(ReceiveEnd(bench, Soon())), "peer_closed");
    EXPECT_EQ(Said(blocked.Join()), "peer_closed");
  }
}

CONFORMANCE_CASE(Close, AnOwnClosedDirectionIsClosed, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.producer->CloseDirection(Direction::kReceive)), "ok");
  ASSERT_EQ(Said(bench.consumer->CloseDirection(Direction::kSend)), "ok");
  ASSERT_EQ(bench.Works(1), "ok") << "the other directions are still open";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Said(bench.producer->CloseDirection(Direction::kSend)), "ok");
    EXPECT_EQ(Said(bench.consumer->CloseDirection(Direction::kReceive)), "ok");
    EXPECT_EQ(Said(bench.Send()), "closed");
    EXPECT_EQ(Said(bench.Receive()), "closed");
  }
}

CONFORMANCE_CASE(Close, CloseWakesABlockedReceive, traits.close_wakes) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ThreadActor<Result<void>> receiver([&] { return bench.Receive(Deadline::Never()); });
  receiver.WaitUntilAsleep();
  ASSERT_EQ(Said(bench.consumer->CloseDirection(Direction::kReceive)), "ok");
  EXPECT_EQ(Said(receiver.Join()), "closed");
}

CONFORMANCE_CASE(Close, CloseWakesABlockedSend, (traits.close_wakes && GetsFull(traits))) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Fill()), "ok");
  ThreadActor<Result<void>> sender([&] { return bench.Send(Deadline::Never()); });
  sender.WaitUntilAsleep();
  ASSERT_EQ(Said(bench.producer->CloseDirection(Direction::kSend)), "ok");
  EXPECT_EQ(Said(sender.Join()), "closed");
}

constexpr int kLastWords = 3;

int SayLastWords(const Bench& bench) {
  const auto producer = bench.channel->Attach(Role::kProducer, Soon());
  if (!producer) return 1;
  for (std::uint64_t i = 0; i < kLastWords; ++i) {
    if (!SendUnit(**producer, bench.kind.traits, bench.options, {0, i}, Soon())) return 2;
  }
  return 0;
}

// Nobody receives until the sender's process has ended.
CONFORMANCE_CASE(Close, WhatWasSentOutlivesItsSender,
                 traits.reach != Reach::kThreads &&
                     (traits.producers_max > 1 || traits.reopens_producer)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  if (kind.traits.producers_max == 1) bench.producer.reset();
  ChildActor sender([&] { return SayLastWords(bench); });
  ASSERT_EQ(sender.Wait(), "exit 0");
  for (int i = 0; i < kLastWords; ++i) EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
}

// Sends of the largest messages until one finds no room. Some kinds have sent a part of it then.
std::string SendLargestUntilThereIsNoRoom(const Bench& bench, std::uint64_t& taken) {
  constexpr std::chrono::milliseconds kWait{150};  // TCP finds more room now and then
  constexpr std::uint64_t kTakenMax = 10'000;
  for (taken = 0; taken < kTakenMax; ++taken) {
    const auto message = Bytes(bench.options.message_size_bytes, {.sequence = taken});
    const auto sent = bench.producer->Send(message, 0, Deadline::After(kWait));
    if (!sent) return Said(sent);
  }
  return "never full";
}

// What is half sent nobody will ever receive, and its sender does not wait for room to take it
// back.
CONFORMANCE_CASE(Close, AProducerEndsAtOnceWhenItsLastMessageFoundNoRoom,
                 (GetsFull(traits) && traits.shape == Shape::kMessages &&
                  (!traits.asynchronous || SeesTheEnd(traits)))) {
  constexpr std::size_t kLarge = 40'000;
  Options options = UsualOptions(kind.traits);
  options.message_size_bytes = std::min(kLarge, kind.traits.message_size_max);
  Bench bench(kind, options);
  ASSERT_TRUE(bench.ok()) << bench.error();
  std::uint64_t taken = 0;
  ASSERT_EQ(SendLargestUntilThereIsNoRoom(bench, taken), "timed_out");
  bench.producer.reset();
  std::vector<std::byte> buffer(options.message_size_bytes);
  for (std::uint64_t i = 0; i < taken; ++i) {
    const auto got = bench.consumer->Receive(buffer, Soon());
    ASSERT_EQ(Said(got), "ok") << i << " of " << taken;
    ASSERT_EQ(got->size_bytes, options.message_size_bytes);
    ASSERT_EQ(buffer, Bytes(options.message_size_bytes, {.sequence = i}));
  }
  const auto end = bench.consumer->Receive(buffer, Deadline::After(std::chrono::milliseconds(20)));
  EXPECT_TRUE(!end &&
              (end.error().code == Errc::kTimedOut || end.error().code == Errc::kPeerClosed))
      << Said(end);
}

// From before a call has begun until long after it has gone to sleep.
constexpr int kInstants = 100;
constexpr std::chrono::microseconds kBetweenInstants{4};

// `call` in a thread, on a bench of its own, and `close` so long after.
template <typename Prepare, typename Call, typename Close>
void CloseAtEachInstant(const TransportKind& kind, int instants, Prepare prepare, Call call,
                        Close close) {
  for (int i = 0; i < instants; ++i) {
    Bench bench(kind, SmallOptions(kind.traits));
    ASSERT_TRUE(bench.ok()) << bench.error();
    ASSERT_NO_FATAL_FAILURE(prepare(bench));
    ThreadActor<Result<void>> blocked([&] { return call(bench); });
    const Deadline instant = Deadline::After(i * kInstants / instants * kBetweenInstants);
    while (!instant.HasPassed()) {
    }
    close(bench);
    const std::string said = Said(blocked.Join());
    EXPECT_TRUE(said == "closed" || said == "peer_closed") << said << ", closed at instant " << i;
  }
}

CONFORMANCE_CASE(Close, AReceiveEndsWheneverItsEndpointIsClosed, traits.close_wakes) {
  CloseAtEachInstant(
      kind, kInstants, [](Bench&) {}, [](Bench& bench) { return bench.Receive(Deadline::Never()); },
      [](Bench& bench) {
        EXPECT_EQ(Said(bench.consumer->CloseDirection(Direction::kReceive)), "ok");
      });
}

CONFORMANCE_CASE(Close, ASendEndsWheneverItsEndpointIsClosed,
                 (traits.close_wakes && GetsFull(traits))) {
  CloseAtEachInstant(
      kind, kInstants / (kind.traits.asynchronous ? 25 : 5),  // filling takes its time
      [](Bench& bench) { ASSERT_EQ(Said(bench.Fill()), "ok"); },
      [](Bench& bench) { return bench.Send(Deadline::Never()); },
      [](Bench& bench) {
        EXPECT_EQ(Said(bench.producer->CloseDirection(Direction::kSend)), "ok");
      });
}

// This thread, and those that it starts, on one processor: whoever wakes takes it from another in
// the middle of whatever that one does.
class OnOneProcessor {
 public:
  OnOneProcessor() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OnOneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }
  OnOneProcessor(const OnOneProcessor&) = delete;
  OnOneProcessor& operator=(const OnOneProcessor&) = delete;

 private:
  cpu_set_t before_{};
};

// Whoever is blocked is mostly in the kernel, where a close that does not wait for him harms
// nobody; whoever takes one message after another is mostly not.
CONFORMANCE_CASE(Close, AReceiverInFullSwingEndsWheneverItsEndpointIsClosed,
                 (traits.close_wakes && GetsFull(traits))) {
  constexpr std::chrono::microseconds kSwing{200};
  const OnOneProcessor one;
  const int rounds = kind.traits.asynchronous ? 3 : 160;  // filling takes its time
  for (int i = 0; i < rounds; ++i) {
    Bench bench(kind, SmallOptions(kind.traits));
    ASSERT_TRUE(bench.ok()) << bench.error();
    ASSERT_EQ(Said(bench.Fill()), "ok");
    ThreadActor<Result<void>> receiver([&] {
      Result<void> received;
      while (received) received = bench.Receive(Deadline::Never());
      return received;
    });
    std::this_thread::sleep_for(kSwing);  // as good as any other time
    EXPECT_EQ(Said(bench.consumer->CloseDirection(Direction::kReceive)), "ok");
    ASSERT_EQ(Said(receiver.Join()), "closed") << "round " << i;
  }
}

CONFORMANCE_CASE(Close, AReceiveEndsWheneverItsPeerCloses, SeesTheEnd(traits)) {
  CloseAtEachInstant(
      kind, kInstants,
      [](Bench& bench) {
        bench.channel->Detach();
        // The receiver has to know of its peer.
        ASSERT_EQ(bench.Works(1), "ok");
      },
      [](Bench& bench) { return ReceiveEnd(bench, Soon()); },
      [](Bench& bench) { bench.producer.reset(); });
}

}  // namespace
}  // namespace ipc_hammer
