#include "stress/actors/inspector.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <initializer_list>
#include <vector>

#include "properties/program/payload.h"

namespace ipc_hammer {
namespace {

constexpr Traits kMessages = {.producers_max = 4, .consumers_max = 4, .message_size_max = 4096};

Program Sending(std::initializer_list<Operation> sends, std::uint32_t producers,
                std::uint32_t message_size = 256) {
  Program program;
  program.seed = 9;
  program.producers = producers;
  program.message_size_bytes = message_size;
  program.operations = sends;
  program.operations.push_back(
      {.action = Action::kDrain, .actor = static_cast<std::uint8_t>(producers)});
  return program;
}

std::vector<std::byte> Payload(std::size_t size, MessageId id) {
  std::vector<std::byte> bytes(size);
  FillPayload(bytes, 9, id);
  return bytes;
}

Outcome Inspect(Inspector& inspector, const std::vector<std::byte>& bytes,
                std::uint32_t source = 0) {
  Outcome outcome;
  inspector.Inspect(bytes, {.size_bytes = bytes.size(), .source = source}, outcome);
  return outcome;
}

TEST(Inspector, AMessageWithAHeaderIdentifiesItself) {
  Inspector inspector(Sending({{.actor = 0}, {.actor = 1}}, 2), kMessages, 2);
  auto bytes = Payload(64, {.producer = 1, .sequence = 5});
  Outcome outcome = Inspect(inspector, bytes);
  EXPECT_TRUE(outcome.identified && outcome.intact);
  EXPECT_EQ(outcome.id, (MessageId{.producer = 1, .sequence = 5}));
  bytes.back() ^= std::byte{1};
  outcome = Inspect(inspector, bytes);
  EXPECT_TRUE(outcome.identified);
  EXPECT_FALSE(outcome.intact);
  bytes.front() ^= std::byte{1};
  EXPECT_FALSE(Inspect(inspector, bytes).identified);
}

TEST(Inspector, ASmallMessageOfTheOnlySenderIsTheNextOne) {
  const Program program = Sending({{.actor = 0, .size_bytes = 5}}, 1);
  Inspector inspector(program, kMessages, 1);
  EXPECT_TRUE(HasIdentity(program, kMessages, program.operations[0]));
  EXPECT_TRUE(Inspect(inspector, Payload(5, {.producer = 0, .sequence = 0})).intact);
  EXPECT_TRUE(Inspect(inspector, Payload(0, {.producer = 0, .sequence = 1})).intact);
  EXPECT_FALSE(Inspect(inspector, Payload(5, {.producer = 0, .sequence = 3})).intact);
}

TEST(Inspector, SmallMessagesOfSeveralSendersAreLifted) {
  Program program = Sending({{.actor = 0, .size_bytes = 5}, {.actor = 1, .size_bytes = 50}}, 2);
  LiftSmallMessages(program, kMessages);
  EXPECT_EQ(program.operations[0].size_bytes, kPayloadHeaderBytes);
  EXPECT_EQ(program.operations[1].size_bytes, 50U);
}

TEST(Inspector, WhereTheChannelsMessagesAreTooSmallTheyHaveNoIdentity) {
  Program program = Sending({{.actor = 0, .size_bytes = 5}, {.actor = 1, .size_bytes = 5}}, 2, 8);
  LiftSmallMessages(program, kMessages);
  EXPECT_EQ(program.operations[0].size_bytes, 5U);
  EXPECT_FALSE(HasIdentity(program, kMessages, program.operations[0]));
  Inspector inspector(program, kMessages, 2);
  const Outcome outcome = Inspect(inspector, Payload(5, {.producer = 1, .sequence = 0}));
  EXPECT_FALSE(outcome.identified);
  EXPECT_TRUE(outcome.intact);
}

TEST(Inspector, PrioritiesMakeTheNextSmallMessageUnknown) {
  Traits traits = kMessages;
  traits.order = Order::kPriority;
  traits.priorities = 2;
  const Program one = Sending({{.actor = 0, .size_bytes = 5}, {.actor = 0, .size_bytes = 5}}, 1);
  EXPECT_TRUE(HasIdentity(one, traits, one.operations[0]));
  const Program two =
      Sending({{.actor = 0, .size_bytes = 5}, {.actor = 0, .size_bytes = 5, .priority = 1}}, 1);
  EXPECT_FALSE(HasIdentity(two, traits, two.operations[0]));
}

Operation Opening(std::uint8_t actor) { return {.action = Action::kOpen, .actor = actor}; }

TEST(Inspector, WhereASendersEndpointsHaveAQueueEachTheNextSmallMessageIsUnknown) {
  const Program once = Sending({{.actor = 0, .size_bytes = 5}}, 1);
  const Program again = Sending({{.actor = 0, .size_bytes = 5}, Opening(0)}, 1);
  Traits traits = kMessages;
  EXPECT_TRUE(HasIdentity(again, traits, again.operations[0]));
  traits.order = Order::kPerProducer;
  EXPECT_TRUE(HasIdentity(once, traits, once.operations[0]));
  EXPECT_FALSE(HasIdentity(again, traits, again.operations[0]));
}

TEST(Inspector, WhereMessagesMayVanishTheNextSmallOneIsUnknown) {
  const Program program = Sending({{.actor = 0, .size_bytes = 5}}, 1);
  const Program away = Sending({{.actor = 0, .size_bytes = 5}, Opening(1)}, 1);
  Traits traits = kMessages;
  EXPECT_FALSE(HasIdentity(away, traits, away.operations[0]));
  traits.keeps_queued = true;
  EXPECT_TRUE(HasIdentity(away, traits, away.operations[0]));
  traits.lossy = true;
  EXPECT_FALSE(HasIdentity(program, traits, program.operations[0]));
}

std::vector<std::byte> Stream(std::size_t size, std::uint32_t sender, std::uint64_t offset) {
  std::vector<std::byte> bytes(size);
  FillStream(bytes, 9, sender, offset);
  return bytes;
}

TEST(Inspector, AStreamIsFollowedThroughPiecesOfAnySize) {
  Traits traits = kMessages;
  traits.shape = Shape::kBytes;
  Inspector inspector(Sending({{.actor = 0}}, 1), traits, 1);
  EXPECT_TRUE(Inspect(inspector, Stream(7, 0, 0)).intact);
  EXPECT_TRUE(Inspect(inspector, Stream(1, 0, 7)).intact);
  EXPECT_TRUE(Inspect(inspector, Stream(30, 0, 8)).intact);
  EXPECT_FALSE(Inspect(inspector, Stream(8, 0, 39)).intact);  // a byte is missing
}

TEST(Inspector, EachConnectionsStreamIsItsSenders) {
  Traits traits = kMessages;
  traits.shape = Shape::kBytes;
  traits.connections = true;
  Inspector inspector(Sending({{.actor = 0}, {.actor = 1}}, 2), traits, 2);
  EXPECT_TRUE(Inspect(inspector, Stream(16, 1, 0), 0).intact);
  EXPECT_TRUE(Inspect(inspector, Stream(16, 0, 0), 1).intact);
  EXPECT_TRUE(Inspect(inspector, Stream(16, 1, 16), 0).intact);
  EXPECT_FALSE(Inspect(inspector, Stream(16, 1, 32), 1).intact);  // the other one's bytes
}

TEST(Inspector, AConnectionMayBeReadBeforeItsSendersFormerOneHasEnded) {
  Traits traits = kMessages;
  traits.shape = Shape::kBytes;
  traits.connections = true;
  Inspector inspector(Sending({{.actor = 0}, Opening(0), {.actor = 0}}, 1), traits, 1);
  EXPECT_TRUE(Inspect(inspector, Stream(16, 0, 0), 0).intact);
  EXPECT_TRUE(Inspect(inspector, Stream(16, 0, StreamStart(1)), 1).intact);
  EXPECT_TRUE(Inspect(inspector, Stream(16, 0, 16), 0).intact);
  EXPECT_FALSE(Inspect(inspector, Stream(16, 0, 32), 1).intact);  // the former one's bytes
}

}  // namespace
}  // namespace ipc_hammer
