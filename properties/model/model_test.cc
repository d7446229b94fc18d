// The model of kinds whose messages are under way, or may be dropped: pure steps, no channel.
#include "properties/model/model.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "properties/program/payload.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kSize = 64;

class ModelTest : public testing::Test {
 protected:
  void Reset(const Traits& traits, std::uint32_t producers = 1) {
    program_.producers = producers;
    program_.consumers = 1;
    program_.message_size_bytes = kSize;
    model_.Reset(traits, program_);
  }

  Operation Op(Action action, std::uint32_t actor) const {
    return {.action = action,
            .actor = static_cast<std::uint8_t>(actor),
            .size_bytes = action == Action::kSend ? kSize : 0};
  }

  std::string Step(Action action, std::uint32_t actor, const Outcome& outcome,
                   const std::vector<std::byte>& bytes = {}) {
    const auto violation = model_.Step(Op(action, actor), outcome, bytes);
    return violation ? std::string(ToString(violation->rule)) : "legal";
  }

  std::string Send(std::uint32_t actor) {
    return Step(Action::kSend, actor, {.state = Outcome::State::kOk, .size_bytes = kSize});
  }
  std::string Receive(std::uint32_t producer, std::uint64_t sequence) {
    std::vector<std::byte> bytes(kSize);
    FillPayload(bytes, program_.seed, {producer, sequence});
    return Step(Action::kReceive, program_.producers,
                {.state = Outcome::State::kOk, .size_bytes = kSize}, bytes);
  }
  std::string SendEmpty(std::uint32_t actor) {
    const Operation op{.action = Action::kSend, .actor = static_cast<std::uint8_t>(actor)};
    const auto violation = model_.Step(op, {.state = Outcome::State::kOk}, {});
    return violation ? std::string(ToString(violation->rule)) : "legal";
  }
  std::string ReceiveEmpty() {
    return Step(Action::kReceive, program_.producers, {.state = Outcome::State::kOk});
  }
  std::string ReceiveNothing() {
    return Step(Action::kReceive, program_.producers,
                {.state = Outcome::State::kFailed, .error = Errc::kWouldBlock});
  }
  bool OwesToConsumer() const { return model_.Owes(Op(Action::kReceive, program_.producers)); }

  Program program_;
  Model model_;
};

constexpr Traits kLossy = {.order = Order::kPerProducer,
                           .producers_max = 2,
                           .floor_messages = 2,
                           .floor_bytes = 1 << 16,
                           .message_size_max = kSize,
                           .asynchronous = true,
                           .lossy = true};
constexpr Traits kCarried = {.order = Order::kPerProducer,
                             .producers_max = 2,
                             .send_needs_consumer = true,
                             .floor_messages = 8,
                             .floor_bytes = 1 << 16,
                             .message_size_max = kSize,
                             .asynchronous = true};

TEST_F(ModelTest, WhatWasSentIsOwedUntilItIsReceived) {
  Reset(kCarried);
  EXPECT_FALSE(OwesToConsumer());
  EXPECT_EQ(Send(0), "legal");
  EXPECT_TRUE(OwesToConsumer());
  EXPECT_EQ(ReceiveNothing(), "capacity");
  EXPECT_EQ(Receive(0, 0), "legal");
  EXPECT_FALSE(OwesToConsumer());
  EXPECT_EQ(ReceiveNothing(), "legal");
}

TEST_F(ModelTest, RoomBelowTheFloorIsOwed) {
  Reset(kLossy);
  EXPECT_TRUE(model_.Owes(Op(Action::kSend, 0)));
  EXPECT_EQ(Send(0), "legal");
  EXPECT_EQ(Send(0), "legal");
  EXPECT_FALSE(model_.Owes(Op(Action::kSend, 0)));
}

TEST_F(ModelTest, ProducersOfAnAsynchronousKindOvertakeEachOtherButNotThemselves) {
  Reset(kCarried, 2);
  for (const std::uint32_t producer : {0, 0, 1}) EXPECT_EQ(Send(producer), "legal");
  EXPECT_EQ(Receive(1, 0), "legal");
  EXPECT_EQ(Receive(0, 1), "order");
}

// Empty messages are all the same: which of two producers' it was, a later one tells.
TEST_F(ModelTest, AMessageWithoutIdentityMayHaveBeenAnotherProducers) {
  Reset(kCarried, 2);
  EXPECT_EQ(SendEmpty(0), "legal");
  EXPECT_EQ(SendEmpty(1), "legal");
  EXPECT_EQ(Send(1), "legal");
  EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(Receive(1, 1), "legal") << "so the empty one was the second producer's";
  EXPECT_TRUE(OwesToConsumer());
  EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_FALSE(OwesToConsumer());
}

TEST_F(ModelTest, AMessageWithoutIdentityIsReceivedOnceAndNotBeforeItIsSent) {
  Reset(kCarried, 2);
  EXPECT_EQ(SendEmpty(0), "legal");
  EXPECT_EQ(Send(0), "legal");
  EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(SendEmpty(1), "legal");
  EXPECT_EQ(Send(1), "legal");
  EXPECT_EQ(Receive(1, 1), "order") << "the empty one was there before the second producer's";
}

TEST_F(ModelTest, OnlyWhatIsAboveTheFloorMayBeDropped) {
  Reset(kLossy);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Send(0), "legal");
  EXPECT_EQ(ReceiveNothing(), "capacity") << "the first two are owed";
  EXPECT_EQ(Receive(0, 0), "legal");
  EXPECT_EQ(Receive(0, 1), "legal");
  EXPECT_EQ(ReceiveNothing(), "legal");
  EXPECT_EQ(Receive(0, 3), "legal") << "the third may have been dropped, the fourth may be late";
  EXPECT_EQ(Receive(0, 2), "no-duplicate") << "it was passed over: it cannot come any more";
}

TEST_F(ModelTest, WhatIsOwedIsNotPassedOver) {
  Reset(kLossy);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(0), "legal");
  EXPECT_EQ(Receive(0, 0), "legal");
  EXPECT_EQ(Receive(0, 2), "order");
}

// The three that came first were not all of the first producer.
TEST_F(ModelTest, OfALossyKindAMessageWithoutIdentityMayHaveBeenAnotherProducersToo) {
  Reset(kLossy, 2);
  for (const std::uint32_t producer : {0, 0, 0, 1}) EXPECT_EQ(SendEmpty(producer), "legal");
  EXPECT_EQ(Send(1), "legal");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(Receive(1, 1), "legal");
  EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(ReceiveEmpty(), "no-invention") << "four were sent";
}

// One that may be dropped and one that is owed look the same: the one that came was the owed one.
TEST_F(ModelTest, OfWhatLooksTheSameTheOneThatIsOwedHasCome) {
  for (const std::uint32_t owed_by : {0, 1}) {
    Reset(kLossy, 2);
    EXPECT_EQ(Send(0), "legal");
    EXPECT_EQ(Send(0), "legal");
    EXPECT_EQ(SendEmpty(1), "legal");  // above the floor
    EXPECT_EQ(Receive(0, 0), "legal");
    EXPECT_EQ(Receive(0, 1), "legal");
    EXPECT_EQ(SendEmpty(owed_by), "legal");  // below it
    EXPECT_TRUE(OwesToConsumer());
    EXPECT_EQ(ReceiveEmpty(), "legal");
    EXPECT_FALSE(OwesToConsumer());
    EXPECT_EQ(ReceiveNothing(), "legal");
    // The other may be late, unless it went the same way before.
    EXPECT_EQ(ReceiveEmpty(), owed_by == 0 ? "legal" : "no-invention");
  }
}

// Which of two that look the same has been dropped is not known, so the other one counts still.
TEST_F(ModelTest, WhatMayBeUnderWayCountsForTheFloor) {
  Reset(kLossy, 2);
  for (const std::uint32_t producer : {0, 0, 1}) EXPECT_EQ(SendEmpty(producer), "legal");
  EXPECT_EQ(SendEmpty(1), "legal");
  EXPECT_EQ(Send(1), "legal");
  EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(Receive(1, 2), "legal");  // two empty ones may have been dropped, or be under way
  EXPECT_EQ(SendEmpty(0), "legal");
  EXPECT_FALSE(OwesToConsumer());
}

// A reading is found among many, and that there is none is found out as well.
TEST_F(ModelTest, ManyMessagesWithoutIdentityAreReadAtOnce) {
  constexpr std::uint32_t kProducers = 6;
  constexpr int kEach = 50;
  Traits traits = kCarried;
  traits.producers_max = kProducers;
  traits.floor_messages = kProducers * (kEach + 1);
  Reset(traits, kProducers);
  for (std::uint32_t p = 0; p < kProducers; ++p) {
    for (int i = 0; i < kEach; ++i) EXPECT_EQ(SendEmpty(p), "legal");
    EXPECT_EQ(Send(p), "legal");
  }
  // The last producer's first, which the model takes for the first one's.
  for (std::uint32_t p = kProducers; p-- > 0;) {
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(ReceiveEmpty(), "legal");
    ASSERT_EQ(Receive(p, kEach), "legal") << p;
  }
  EXPECT_EQ(ReceiveNothing(), "legal");
  for (std::uint32_t p = 0; p < kProducers; ++p) {
    for (int i = 0; i < kEach; ++i) EXPECT_EQ(SendEmpty(p), "legal");
    EXPECT_EQ(Send(p), "legal");
  }
  for (int i = 0; i < kEach - 1; ++i) ASSERT_EQ(ReceiveEmpty(), "legal");
  EXPECT_EQ(Receive(2, 2 * kEach + 1), "order") << "one of its empty ones is missing";
}

// Whatever a lossy kind does within its promises is legal, however much of it looks the same: a
// reference drops what is above the floor by chance and takes the rest in any order of the ways.
class LossyRun : public ModelTest, public testing::WithParamInterface<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kProducers = 4;
  static constexpr std::size_t kFloor = 3;

  using Sent = std::vector<std::byte>;

  std::string SendOne(std::uint32_t actor) {
    Sent bytes(Below(4) == 0 ? 1 : 0);
    FillPayload(bytes, program_.seed, {actor, next_[actor]++});
    const Operation op{.action = Action::kSend,
                       .actor = static_cast<std::uint8_t>(actor),
                       .size_bytes = static_cast<std::uint32_t>(bytes.size())};
    const bool may_be_dropped = UnderWay() >= kFloor;
    if (!may_be_dropped || Below(2) == 0) ways_[actor].push_back(bytes);
    const auto violation =
        model_.Step(op, {.state = Outcome::State::kOk, .size_bytes = op.size_bytes}, {});
    return violation ? violation->reason : "legal";
  }

  std::string ReceiveOne() {
    std::vector<std::uint32_t> ready;
    for (std::uint32_t way = 0; way < kProducers; ++way) {
      if (!ways_[way].empty()) ready.push_back(way);
    }
    Outcome outcome{.state = Outcome::State::kFailed, .error = Errc::kWouldBlock};
    Sent bytes;
    if (!ready.empty()) {
      std::deque<Sent>& way = ways_[ready[Below(static_cast<std::uint32_t>(ready.size()))]];
      bytes = way.front();
      way.pop_front();
      outcome = {.state = Outcome::State::kOk,
                 .size_bytes = static_cast<std::uint32_t>(bytes.size())};
    }
    const auto violation = model_.Step(Op(Action::kReceive, kProducers), outcome, bytes);
    return violation ? violation->reason : "legal";
  }

  std::size_t UnderWay() const {
    std::size_t sum = 0;
    for (const auto& way : ways_) sum += way.size();
    return sum;
  }
  std::uint32_t Below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  std::mt19937 random_{GetParam()};
  std::array<std::deque<Sent>, kProducers> ways_;
  std::array<std::uint64_t, kProducers> next_{};
};

TEST_P(LossyRun, IsLegal) {
  Traits traits = kLossy;
  traits.producers_max = kProducers;
  traits.floor_messages = kFloor;
  Reset(traits, kProducers);
  for (int burst = 0; burst < 60; ++burst) {
    const std::uint32_t actor = Below(2 * kProducers);
    for (std::uint32_t times = 1 + Below(10); times > 0; --times) {
      ASSERT_EQ(actor < kProducers ? SendOne(actor) : ReceiveOne(), "legal") << burst;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LossyRun, testing::Range(0U, 200U));

TEST_F(ModelTest, ASendToOneWhoHasClosedMayDestroyWhatHeHadSent) {
  for (const bool resets : {false, true}) {
    Traits traits = kCarried;
    traits.connections = traits.duplex = true;
    traits.send_resets_closed = resets;
    Reset(traits);
    EXPECT_EQ(Send(0), "legal");
    EXPECT_EQ(Send(0), "legal");
    EXPECT_EQ(Step(Action::kClose, 0, {.state = Outcome::State::kOk}), "legal");
    EXPECT_TRUE(OwesToConsumer());
    EXPECT_EQ(Send(1), "legal");
    EXPECT_EQ(OwesToConsumer(), !resets);
    EXPECT_EQ(Receive(0, 0), "legal") << "it may have come before";
  }
}

TEST_F(ModelTest, ASendToOneWhoHasGoneMayBeTakenAndIsNotOwed) {
  Reset(kCarried);
  EXPECT_EQ(Step(Action::kClose, 1, {.state = Outcome::State::kOk}), "legal");
  EXPECT_EQ(Send(0), "legal");
  EXPECT_EQ(Step(Action::kSend, 0, {.state = Outcome::State::kFailed, .error = Errc::kPeerClosed}),
            "legal");
}

}  // namespace
}  // namespace ipc_hammer
