// Each rule that the checkers judge: a small history in which it is broken, and its legal
// neighbours.
#include "properties/checkers/checkers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kP0 = 0;
constexpr std::uint32_t kP1 = 1;
constexpr std::uint32_t kC0 = 2;
constexpr std::uint32_t kC1 = 3;
constexpr std::int64_t kNever = Event::kNeverEnded;

// Two producers and two consumers; times are whatever the test says.
class CheckersTest : public ::testing::Test {
 protected:
  Event& Add(std::uint32_t actor, Action action, std::int64_t start, std::int64_t end) {
    Event event{.actor = actor,
                .operation_index = ~std::uint32_t{0},
                .action = action,
                .start_ns = start,
                .end_ns = end,
                .outcome = {}};
    event.outcome.state = end == kNever ? Outcome::State::kPending : Outcome::State::kOk;
    history_.push_back(event);
    return history_.back();
  }
  Outcome& Transfer(std::uint32_t actor, Action action, MessageId id, std::int64_t start,
                    std::int64_t end) {
    Outcome& outcome = Add(actor, action, start, end).outcome;
    outcome.identified = true;
    outcome.id = id;
    outcome.size_bytes = 64;
    return outcome;
  }
  Outcome& Send(std::uint32_t actor, std::uint64_t sequence, std::int64_t start, std::int64_t end) {
    return Transfer(actor, Action::kSend, {actor, sequence}, start, end);
  }
  Outcome& Receive(std::uint32_t actor, MessageId id, std::int64_t start, std::int64_t end) {
    return Transfer(actor, Action::kReceive, id, start, end);
  }
  // Without an identity.
  Outcome& Short(std::uint32_t actor, Action action, std::uint32_t size_bytes, std::int64_t start,
                 std::int64_t end) {
    Outcome& outcome = Add(actor, action, start, end).outcome;
    outcome.size_bytes = size_bytes;
    return outcome;
  }
  Event& Fail(std::uint32_t actor, Action action, Errc error, std::int64_t start,
              std::int64_t end) {
    Event& event = Add(actor, action, start, end);
    event.outcome.state = Outcome::State::kFailed;
    event.outcome.error = error;
    return event;
  }

  std::vector<Violation> Check() const {
    return CheckHistory(program_, traits_, history_, options_);
  }
  void ExpectLegal() const {
    for (const Violation& v : Check()) ADD_FAILURE() << ToString(v.rule) << ": " << v.reason;
  }
  // That rule is the first to be broken, and its event is the `event`th.
  void Expect(Rule rule, std::size_t event) const {
    const std::vector<Violation> violations = Check();
    ASSERT_FALSE(violations.empty());
    EXPECT_EQ(ToString(violations[0].rule), ToString(rule)) << violations[0].reason;
    EXPECT_EQ(violations[0].event_index, event) << violations[0].reason;
  }

  Program program_{.kind = "shm_posix", .producers = 2, .consumers = 2, .operations = {}};
  Traits traits_{.producers_max = 2, .consumers_max = 2};
  CheckOptions options_{.clocked = false};
  History history_;
};

TEST_F(CheckersTest, NothingIsLegal) { ExpectLegal(); }

TEST_F(CheckersTest, CorruptBytesBreakIntegrity) {
  Send(kP0, 0, 0, 1);
  Receive(kC0, {kP0, 0}, 2, 3).intact = false;
  Expect(Rule::kIntegrity, 1);
}

TEST_F(CheckersTest, UnrecognisableBytesBreakIntegrityAndAreNoLossBesides) {
  Send(kP0, 0, 0, 1);
  Short(kC0, Action::kReceive, 64, 2, 3);
  Expect(Rule::kIntegrity, 1);
  EXPECT_EQ(Check().size(), 1U);
}

TEST_F(CheckersTest, AMessageNobodySentIsInvented) {
  Receive(kC0, {kP0, 0}, 2, 3);
  Expect(Rule::kNoInvention, 0);
}

TEST_F(CheckersTest, AMessageFromTheFutureIsInvented) {
  Receive(kC0, {kP0, 0}, 0, 1);
  Send(kP0, 0, 2, 3);
  Expect(Rule::kNoInvention, 0);
}

TEST_F(CheckersTest, AMessageWhoseSendFailedIsInvented) {
  Send(kP0, 0, 0, 1).state = Outcome::State::kFailed;
  Receive(kC0, {kP0, 0}, 2, 3);
  Expect(Rule::kNoInvention, 1);
}

TEST_F(CheckersTest, AMessageReceivedTwiceIsADuplicate) {
  Send(kP0, 0, 0, 1);
  Receive(kC1, {kP0, 0}, 4, 5);
  Receive(kC0, {kP0, 0}, 2, 3);
  Expect(Rule::kNoDuplicate, 1);
}

TEST_F(CheckersTest, AShorterMessageBreaksBoundaries) {
  Send(kP0, 0, 0, 1);
  Receive(kC0, {kP0, 0}, 2, 3).size_bytes = 63;
  Expect(Rule::kBoundaries, 1);
}

TEST_F(CheckersTest, ASizeThatNobodySentBreaksBoundaries) {
  Short(kP0, Action::kSend, 5, 0, 1);
  Short(kC0, Action::kReceive, 4, 2, 3);
  Expect(Rule::kBoundaries, 1);
}

TEST_F(CheckersTest, AMessageThatIsNotReceivedIsLost) {
  Send(kP0, 0, 0, 1);
  Send(kP1, 0, 2, 3);
  Receive(kC0, {kP0, 0}, 4, 5);
  Fail(kC0, Action::kReceive, Errc::kPeerClosed, 6, 7);
  Expect(Rule::kNoLoss, 1);
}

TEST_F(CheckersTest, AShortMessageThatIsNotReceivedIsLost) {
  Short(kP0, Action::kSend, 5, 0, 1);
  Short(kP0, Action::kSend, 5, 2, 3);
  Short(kC0, Action::kReceive, 5, 4, 5);
  Expect(Rule::kNoLoss, Violation::kNoEvent);
}

TEST_F(CheckersTest, AKilledConsumerTakesOneMessageWithItAndNoMore) {
  options_.killed = {kC1};
  Send(kP0, 0, 0, 1);
  Add(kC1, Action::kReceive, 2, kNever);
  Fail(kC0, Action::kReceive, Errc::kPeerClosed, 8, 9);
  ExpectLegal();
  Send(kP0, 1, 3, 4);
  Expect(Rule::kNoLoss, 3);
}

TEST_F(CheckersTest, WhatIsQueuedMayVanishWithTheLastReceiver) {
  options_.killed = {kC0, kC1};
  Send(kP0, 0, 0, 1);
  Send(kP0, 1, 2, 3);
  Receive(kC0, {kP0, 0}, 4, 5);
  Add(kC0, Action::kReceive, 6, kNever);
  Send(kP0, 2, 7, 8);
  ExpectLegal();
  traits_.keeps_queued = true;
  Receive(kC1, {kP0, 2}, 9, 10);
  ExpectLegal();  // c0 took p0#1
  history_[3].start_ns = 11;
  Expect(Rule::kNoLoss, 5);
}

TEST_F(CheckersTest, WhatIsQueuedMayVanishWhileNobodyHasTheChannelOpen) {
  Send(kP0, 0, 0, 1);
  Add(kC1, Action::kClose, 2, 3);
  Add(kC0, Action::kClose, 4, 5);
  Add(kC0, Action::kOpen, 6, 7);
  Send(kP0, 1, 8, 9);
  Receive(kC0, {kP0, 1}, 10, 11);
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 12, 13);
  ExpectLegal();
  traits_.keeps_queued = true;
  Expect(Rule::kNoLoss, 0);
}

TEST_F(CheckersTest, AKilledProducersLastSendMayHaveHappened) {
  options_.killed = {kP0};
  Send(kP0, 0, 0, kNever);
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 1, 2);
  ExpectLegal();
  Receive(kC0, {kP0, 0}, 3, 4);
  ExpectLegal();
  history_[0].outcome.identified = false;  // the kill came before the identity was recorded
  ExpectLegal();
}

TEST_F(CheckersTest, OvertakingBreaksTheOrderOfAQueue) {
  Send(kP0, 0, 0, 1);
  Send(kP1, 0, 2, 3);
  Receive(kC0, {kP1, 0}, 4, 5);
  Receive(kC0, {kP0, 0}, 6, 7);
  Expect(Rule::kOrder, 2);
  traits_.order = Order::kPerProducer;
  ExpectLegal();
}

TEST_F(CheckersTest, OverlappingReceivesHaveNoOrder) {
  Send(kP0, 0, 0, 1);
  Send(kP0, 1, 2, 3);
  Receive(kC0, {kP0, 1}, 4, 6);
  Receive(kC1, {kP0, 0}, 5, 7);
  ExpectLegal();
}

TEST_F(CheckersTest, AProducersOwnOrderHoldsWithoutAQueue) {
  traits_.order = Order::kPerProducer;
  Send(kP0, 0, 0, 1);
  Send(kP0, 1, 2, 3);
  Receive(kC0, {kP0, 1}, 4, 5);
  Receive(kC1, {kP0, 0}, 6, 7);
  Expect(Rule::kOrder, 2);
}

TEST_F(CheckersTest, PassingOverAMessageBreaksTheOrderEvenIfItMayStillCome) {
  options_.drained = false;
  Send(kP0, 0, 0, 1);
  Send(kP0, 1, 2, 3);
  Receive(kC0, {kP0, 1}, 4, 5);
  Expect(Rule::kOrder, 2);
}

TEST_F(CheckersTest, AHigherPriorityIsNotPassedOver) {
  traits_.order = Order::kPriority;
  traits_.priorities = 8;
  Send(kP0, 0, 0, 1).priority = 7;
  Send(kP1, 0, 2, 3).priority = 2;
  Receive(kC0, {kP1, 0}, 4, 5).priority = 2;
  Receive(kC0, {kP0, 0}, 6, 7).priority = 7;
  Expect(Rule::kOrder, 2);
  history_[0].end_ns = 4;  // it may have been sent after the receive
  ExpectLegal();
  history_[2].outcome.priority = 3;
  Expect(Rule::kOrder, 2);
}

TEST_F(CheckersTest, EmptyIsNotSaidBesideAMessage) {
  Send(kP0, 0, 0, 1);
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 2, 3);
  Receive(kC0, {kP0, 0}, 4, 5);
  Expect(Rule::kCapacity, 1);
  history_[1].outcome.error = Errc::kPeerClosed;
  Expect(Rule::kClose, 1);
  history_[1].outcome.fault_fired = true;  // an operation that is not known explains it
  ExpectLegal();
}

TEST_F(CheckersTest, AnInterruptionDoesNotExplainAnEmptyAnswer) {
  program_.operations = {{.action = Action::kReceive, .fault = {.kind = FaultKind::kInterrupt}}};
  Send(kP0, 0, 0, 1);
  Event& empty = Fail(kC0, Action::kReceive, Errc::kWouldBlock, 2, 3);
  empty.operation_index = 0;
  empty.outcome.fault_fired = true;
  Receive(kC0, {kP0, 0}, 4, 5);
  Expect(Rule::kInterrupted, 1);
}

TEST_F(CheckersTest, SeveralMessagesTogetherMakeEmptyWrong) {
  Send(kP0, 0, 0, 1);
  Fail(kC0, Action::kReceive, Errc::kTimedOut, 2, 9);
  Send(kP0, 1, 3, 4);
  Receive(kC1, {kP0, 0}, 6, 7);
  Receive(kC1, {kP0, 1}, 10, 11);
  Expect(Rule::kCapacity, 1);
  history_[2].end_ns = 6;  // now there may be a moment without either
  ExpectLegal();
}

TEST_F(CheckersTest, EndOfFileIsNotSaidWhileASenderIsOpen) {
  traits_.end_of_file = EndOfFile::kPersistent;
  Send(kP0, 0, 0, 1);
  Receive(kC0, {kP0, 0}, 2, 3);
  Fail(kC0, Action::kReceive, Errc::kPeerClosed, 4, 5);
  ExpectLegal();
  Send(kP0, 1, 6, 7);
  Expect(Rule::kClose, 2);
}

TEST_F(CheckersTest, FullIsSaidAtTheCapacityOnly) {
  traits_.exact_capacity = true;
  program_.capacity_messages = 2;
  options_.drained = false;
  Send(kP0, 0, 0, 1);
  Fail(kP1, Action::kSend, Errc::kWouldBlock, 2, 3);
  Expect(Rule::kCapacity, 1);
  Send(kP0, 1, 3, 4);
  ExpectLegal();
  Send(kP0, 2, 5, 6);
  Expect(Rule::kCapacity, 3);
}

TEST_F(CheckersTest, TheFloorIsAlwaysAccepted) {
  traits_.floor_messages = 2;
  traits_.floor_bytes = 4096;
  options_.drained = false;
  Send(kP0, 0, 0, 1);
  Fail(kP1, Action::kSend, Errc::kTimedOut, 2, 3);
  Expect(Rule::kCapacity, 1);
  Send(kP0, 1, 0, 1);
  ExpectLegal();
}

// Small writes fill a socket long before their bytes would.
TEST_F(CheckersTest, AStreamsFloorIsOfWritesAsWellAsOfBytes) {
  traits_.shape = Shape::kBytes;
  traits_.floor_messages = 2;
  traits_.floor_bytes = 4096;
  options_.drained = false;
  Short(kP0, Action::kSend, 10, 0, 1);
  Fail(kP0, Action::kSend, Errc::kTimedOut, 8, 9);
  Expect(Rule::kCapacity, 1);
  Short(kP0, Action::kSend, 10, 2, 3);
  ExpectLegal();
  Short(kC0, Action::kReceive, 5, 4, 5);  // a part of the first
  ExpectLegal();
  Short(kC0, Action::kReceive, 15, 6, 7);
  Expect(Rule::kCapacity, 1);
}

TEST_F(CheckersTest, MoreTokensThanWerePostedAreInvented) {
  traits_.shape = Shape::kTokens;
  Short(kP0, Action::kSend, 0, 0, 1);
  Short(kC0, Action::kReceive, 0, 2, 3);
  ExpectLegal();
  Short(kC1, Action::kReceive, 0, 4, 5);
  Expect(Rule::kNoInvention, 2);
  Short(kP0, Action::kSend, 0, 6, 7);  // too late
  Expect(Rule::kNoInvention, 2);
}

TEST_F(CheckersTest, TokensAreLostUnlessAKilledActorMayHaveThem) {
  traits_.shape = Shape::kTokens;
  Short(kP0, Action::kSend, 0, 0, 1);
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 2, 3);
  Expect(Rule::kNoLoss, Violation::kNoEvent);
  options_.killed = {kC1};
  Add(kC1, Action::kReceive, 1, kNever);
  ExpectLegal();
}

TEST_F(CheckersTest, BytesOfAStreamAreCounted) {
  traits_.shape = Shape::kBytes;
  Short(kP0, Action::kSend, 100, 0, 1);
  Short(kC0, Action::kReceive, 60, 2, 3);
  Short(kC0, Action::kReceive, 40, 4, 5);
  ExpectLegal();
  history_[2].outcome.size_bytes = 41;
  Expect(Rule::kNoInvention, 2);
  history_[2].outcome.size_bytes = 39;
  Expect(Rule::kNoLoss, Violation::kNoEvent);
  history_[2].outcome.intact = false;
  Expect(Rule::kIntegrity, 2);
}

TEST_F(CheckersTest, AnAnswerGoesToWhoeverAsked) {
  traits_.duplex = traits_.connections = true;
  program_.consumers = 1;
  Send(kP0, 0, 0, 1);
  Receive(kC0, {kP0, 0}, 2, 3);
  Send(kC0, 0, 4, 5);
  Receive(kP0, {kC0, 0}, 6, 7);
  ExpectLegal();
  history_[3].actor = kP1;
  Expect(Rule::kNoInvention, 3);
  history_.pop_back();
  Fail(kP1, Action::kReceive, Errc::kWouldBlock, 6, 7);
  ExpectLegal();
  history_[3].actor = kP0;
  Expect(Rule::kCapacity, 3);
}

TEST_F(CheckersTest, BytesThatAnswerMayBeForAnyProducer) {
  traits_.duplex = traits_.connections = true;
  traits_.shape = Shape::kBytes;
  program_.consumers = 1;
  Short(kP0, Action::kSend, 1, 0, 1);
  Short(kC0, Action::kReceive, 1, 2, 3);  // bytes do not say whose they are
  Short(kC0, Action::kSend, 5, 4, 5);
  Short(kP0, Action::kReceive, 5, 6, 7);
  ExpectLegal();
  history_[3].actor = kP1;
  ExpectLegal();
  history_[3].outcome.size_bytes = 6;
  Expect(Rule::kNoInvention, 3);
}

TEST_F(CheckersTest, AClosedEndpointCanBeOpenedAgain) {
  Fail(kP0, Action::kOpen, Errc::kPeerClosed, 0, 5);
  ExpectLegal();
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 6, 7);  // it was there all the time
  Expect(Rule::kLimits, 0);
  Add(kC0, Action::kClose, 8, 9);
  ExpectLegal();
  history_[0].outcome.error = Errc::kCorrupt;
  Expect(Rule::kLimits, 0);
  history_[0].outcome.fault_fired = true;
  ExpectLegal();
  history_[0].outcome.fault_fired = false;
  history_[0].outcome.error = Errc::kNoSpace;
  ExpectLegal();
  history_[0].outcome.error = Errc::kSystem;
  options_.killed = {kP1};
  ExpectLegal();
}

TEST_F(CheckersTest, ADirectionThatNobodyClosedIsNotClosed) {
  Fail(kC0, Action::kReceive, Errc::kClosed, 0, 5);
  Expect(Rule::kClose, 0);
  Add(kC0, Action::kCloseReceive, 5, 9);  // under the call
  ExpectLegal();
  history_[1].start_ns = 6;
  Expect(Rule::kClose, 0);
  history_[1].start_ns = 5;
  history_[1].action = Action::kCloseSend;
  Expect(Rule::kClose, 0);
  options_.killed = {kC0};  // its close was not recorded
  ExpectLegal();
}

TEST_F(CheckersTest, ACallThatIsClosedUnderSaysNothingElse) {
  Fail(kC0, Action::kReceive, Errc::kSystem, 0, 5);
  ExpectLegal();  // not by the closing
  Add(kC0, Action::kCloseReceive, 3, 4);
  Expect(Rule::kClose, 0);
  history_[0].outcome.error = Errc::kPeerClosed;
  ExpectLegal();
}

TEST_F(CheckersTest, AClosedDirectionStaysClosed) {
  Add(kC0, Action::kCloseReceive, 0, 5);
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 5, 6);
  ExpectLegal();
  history_[1].start_ns = 6;
  Expect(Rule::kClose, 1);
  history_[1].outcome.error = Errc::kClosed;
  ExpectLegal();
  Add(kC0, Action::kOpen, 7, 8);  // it has an endpoint: nothing is opened
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 9, 10);
  Expect(Rule::kClose, 3);
  history_[2].action = Action::kClose;
  Expect(Rule::kClose, 3);
  history_[2].action = Action::kOpen;
  history_[0].action = Action::kClose;
  ExpectLegal();
}

TEST_F(CheckersTest, ClosingDoesNotFail) {
  Fail(kC0, Action::kCloseReceive, Errc::kSystem, 0, 5);
  Expect(Rule::kClose, 0);
  history_[0].outcome.fault_fired = true;
  ExpectLegal();
}

TEST_F(CheckersTest, ACallDoesNotTimeOutEarly) {
  options_.clocked = true;
  Fail(kC0, Action::kReceive, Errc::kTimedOut, 0, 999).timeout_us = 1;
  Expect(Rule::kDeadline, 0);
  history_[0].end_ns = 1000;
  ExpectLegal();
}

TEST_F(CheckersTest, ACallDoesNotOutlastItsDeadlineByTheSlack) {
  options_.clocked = true;
  Fail(kC0, Action::kReceive, Errc::kTimedOut, 0, 2'000'001'000).timeout_us = 1;
  ExpectLegal();
  ++history_[0].end_ns;
  Expect(Rule::kDeadline, 0);
}

TEST_F(CheckersTest, OnlyACallWithoutTimeSaysWouldBlock) {
  options_.clocked = true;
  Fail(kC0, Action::kReceive, Errc::kWouldBlock, 0, 5000).timeout_us = 1;
  Expect(Rule::kDeadline, 0);
  history_[0].timeout_us = kTimeoutNever;
  Expect(Rule::kDeadline, 0);
  history_[0].timeout_us = kTimeoutNow;
  ExpectLegal();
}

TEST_F(CheckersTest, AReceiverDoesNotSleepBesideAMessage) {
  options_.clocked = true;
  Fail(kC0, Action::kReceive, Errc::kTimedOut, 0, 5'000'000'000).timeout_us = 5'000'000;
  Send(kP0, 0, 100, 200);
  Receive(kC1, {kP0, 0}, 5'000'000'001, 5'000'000'002);
  Expect(Rule::kNoHang, 0);
  history_[1].start_ns = history_[1].end_ns = 4'000'000'000;
  ExpectLegal();
}

TEST_F(CheckersTest, AThousandViolationsAreCountedNotListed) {
  for (int i = 0; i < 1000; ++i) Receive(kC0, {kP0, static_cast<std::uint64_t>(i)}, i, i);
  const std::vector<Violation> violations = Check();
  ASSERT_LT(violations.size(), 10U);
  EXPECT_TRUE(violations[0].reason.ends_with("(and 999 more)")) << violations[0].reason;
}

}  // namespace
}  // namespace ipc_hammer
