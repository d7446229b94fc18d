#include "properties/checkers/ledger.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>

namespace ipc_hammer {
namespace {

// Two producers, two consumers.
class LedgerTest : public ::testing::Test {
 protected:
  static constexpr int kActors = 4;

  Ledger& producer(std::size_t i) { return (*books_)[i]; }
  Ledger& consumer(std::size_t i) { return (*books_)[2 + i]; }

  void Send(std::uint32_t from, std::uint64_t sequence) {
    producer(from).BeginSend(sequence);
    producer(from).Sent({.producer = from, .sequence = sequence});
  }
  void Receive(std::size_t to, std::uint32_t from, std::uint64_t sequence) {
    consumer(to).BeginReceive();
    consumer(to).Received({.producer = from, .sequence = sequence});
  }
  // Sends `count` messages of each producer and receives them alternately.
  void Exchange(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      for (std::uint32_t p = 0; p < 2; ++p) {
        Send(p, i);
        Receive(i % 2, p, i);
      }
    }
  }
  std::vector<Violation> Judge(LedgerOptions options = {}) {
    const Ledger* const sent[] = {&producer(0), &producer(1)};
    const Ledger* const received[] = {&consumer(0), &consumer(1)};
    return JudgeLedgers({.kind = "pipe", .producers = 2, .consumers = 2, .operations = {}}, sent,
                        received, options);
  }
  void ExpectOnly(Rule rule) {
    const std::vector<Violation> violations = Judge();
    ASSERT_EQ(violations.size(), 1U);
    EXPECT_EQ(violations[0].rule, rule) << violations[0].reason;
  }

  std::unique_ptr<std::array<Ledger, kActors>> books_ =
      std::make_unique<std::array<Ledger, kActors>>();
};

TEST_F(LedgerTest, WhatIsReceivedOnceInOrderIsRight) {
  Exchange(100'000);
  EXPECT_TRUE(Judge().empty());
}

TEST_F(LedgerTest, SequencesOfFailedSendsMayBeLeftOut) {
  for (std::uint64_t i = 0; i < 1000; i += 3) {
    Send(0, i);
    producer(0).BeginSend(i + 1);
    producer(0).Failed();
    Receive(0, 0, i);
  }
  EXPECT_TRUE(Judge().empty());
}

TEST_F(LedgerTest, AMissingMessageIsLoss) {
  Exchange(1000);
  Send(0, 1000);
  ExpectOnly(Rule::kNoLoss);
  EXPECT_TRUE(Judge({.drained = false}).empty());
}

TEST_F(LedgerTest, AMessageReceivedByTwoConsumersIsADuplicate) {
  Exchange(1000);
  Send(0, 1000);
  Receive(0, 0, 1000);
  Receive(1, 0, 1000);
  ExpectOnly(Rule::kNoDuplicate);
}

TEST_F(LedgerTest, OneLostAndOneDoubledDoNotCancelOut) {
  Exchange(1000);  // a bucket is now 32 messages wide
  Send(0, 1000);
  Send(0, 1001);
  Receive(0, 0, 1001);
  Receive(1, 0, 1001);
  ExpectOnly(Rule::kNoDuplicate);
  EXPECT_NE(Judge()[0].reason.find("not the same"), std::string::npos) << Judge()[0].reason;
}

TEST_F(LedgerTest, AStepBackIsAnOrderViolation) {
  Send(0, 0);
  Send(0, 1);
  Receive(0, 0, 1);
  Receive(0, 0, 0);
  ExpectOnly(Rule::kOrder);
  EXPECT_TRUE(Judge({.ordered = false}).empty());
}

TEST_F(LedgerTest, SequencesAreKeptByOneQueueAndByAProducersOnlyConnection) {
  const Program once{.kind = "pipe", .operations = {{.action = Action::kSend}}};
  const Program again{.kind = "pipe", .operations = {{.action = Action::kOpen}}};
  EXPECT_TRUE(KeepsSequences(once, {.order = Order::kFifo}));
  EXPECT_TRUE(KeepsSequences(again, {.order = Order::kFifo}));
  EXPECT_TRUE(KeepsSequences(once, {.order = Order::kPerProducer}));
  EXPECT_FALSE(KeepsSequences(again, {.order = Order::kPerProducer}));
  EXPECT_FALSE(KeepsSequences(once, {.order = Order::kPriority}));
}

TEST_F(LedgerTest, AMessageOfNobodyIsInvented) {
  Receive(0, 3, 0);
  Receive(0, 1'000'000, 0);
  ExpectOnly(Rule::kNoInvention);
}

TEST_F(LedgerTest, AMessageNeverSentIsInvented) {
  Receive(0, 0, 5);
  ExpectOnly(Rule::kNoInvention);
}

TEST_F(LedgerTest, CorruptBytesBreakIntegrityAndExplainTheLoss) {
  Send(0, 0);
  consumer(0).BeginReceive();
  consumer(0).ReceivedCorrupt(77);
  ExpectOnly(Rule::kIntegrity);
}

TEST_F(LedgerTest, AReceiverCutInItsCallExplainsOneMissingMessage) {
  Send(0, 0);
  consumer(1).BeginReceive();
  EXPECT_TRUE(Judge().empty());
  Send(1, 0);
  ExpectOnly(Rule::kNoLoss);
}

TEST_F(LedgerTest, ASendCutInItsCallMayHaveHappened) {
  producer(0).BeginSend(0);
  EXPECT_TRUE(Judge().empty());
  Receive(0, 0, 0);
  EXPECT_TRUE(Judge().empty());
  Receive(0, 0, 0);
  EXPECT_FALSE(Judge().empty());
}

TEST_F(LedgerTest, ACutSendThatHappenedDoesNotHideALoss) {
  Send(0, 0);
  producer(0).BeginSend(1);
  Receive(0, 0, 1);
  ExpectOnly(Rule::kNoLoss);
}

TEST_F(LedgerTest, ManyMessagesKeepTheirPlace) {
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    Send(0, i);
    if (i != 500'000) Receive(0, 0, i);
  }
  const std::vector<Violation> violations = Judge();
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_NE(violations[0].reason.find("p0#491520 .. #524287"), std::string::npos)
      << violations[0].reason;
}

// The entries of a child that is killed at a random moment are whole, whenever that is.
TEST_F(LedgerTest, AKillAtAnyMomentLeavesTheBookReadable) {
  constexpr int kKills = 40;
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    void* const memory =
        mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    auto* const ledger = static_cast<Ledger*>(memory);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (std::uint64_t i = 0;; ++i) {
        ledger->BeginReceive();
        ledger->Received({.producer = 0, .sequence = i});
      }
    }
    while (__atomic_load_n(&ledger->lane(0).next, __ATOMIC_RELAXED) <
           static_cast<std::uint64_t>(1 + kill_number * 97)) {
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    ledger->Recover();
    const LedgerLane& lane = ledger->lane(0);
    EXPECT_EQ(lane.count(), lane.next);
    EXPECT_EQ(lane.gaps, 0U);
    std::uint64_t fingerprint = 0;
    for (const auto& bucket : lane.buckets) fingerprint += bucket.fingerprint;
    for (std::uint64_t i = 0; i < lane.next; ++i) fingerprint -= LedgerLane::Fingerprint(i);
    EXPECT_EQ(fingerprint, 0U);
    munmap(memory, sizeof(Ledger));
  }
}

}  // namespace
}  // namespace ipc_hammer
