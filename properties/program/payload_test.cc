#include "properties/program/payload.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

Bytes Payload(std::size_t size, std::uint32_t run, MessageId id) {
  Bytes payload(size);
  FillPayload(payload, run, id);
  return payload;
}

rc::Gen<MessageId> AnyId() {
  return rc::gen::build<MessageId>(rc::gen::set(&MessageId::producer, rc::gen::inRange(0U, 65U)),
                                   rc::gen::set(&MessageId::sequence));
}

RC_GTEST_PROP(Payload, OfEverySizeMatchesItselfAndIsIdentified, (std::uint32_t run)) {
  const MessageId id = *AnyId();
  for (const std::size_t size : {0, 1, 7, 8, 23, 24, 25, 31, 32, 33, 4095, 4096, 4097}) {
    const Bytes payload = Payload(size, run, id);
    RC_ASSERT(Matches(payload, run, id));
    RC_ASSERT(Identify(payload, run) ==
              (size < kPayloadHeaderBytes ? std::nullopt : std::optional(id)));
  }
}

// The receiver's judgement as a whole: the header says who it was, then every byte is compared.
bool Accepted(const Bytes& payload, std::uint32_t run) {
  const auto id = Identify(payload, run);
  return id && Matches(payload, run, *id);
}

TEST(Payload, EverySingleFlippedBitIsSeen) {
  for (const std::size_t size : {24, 25, 31, 64, 257}) {
    Bytes payload = Payload(size, 7, {.producer = 3, .sequence = 1000});
    ASSERT_TRUE(Accepted(payload, 7));
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      payload[bit / 8] ^= std::byte{1} << bit % 8;
      ASSERT_FALSE(Accepted(payload, 7)) << "bit " << bit << " of " << size << " bytes";
      payload[bit / 8] ^= std::byte{1} << bit % 8;
    }
  }
}

TEST(Payload, EveryFlippedBitOfAShortPayloadIsSeen) {
  const MessageId id{.producer = 1, .sequence = 2};
  for (std::size_t size = 1; size < kPayloadHeaderBytes; ++size) {
    Bytes payload = Payload(size, 7, id);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      payload[bit / 8] ^= std::byte{1} << bit % 8;
      ASSERT_FALSE(Matches(payload, 7, id)) << "bit " << bit << " of " << size << " bytes";
      payload[bit / 8] ^= std::byte{1} << bit % 8;
    }
  }
}

RC_GTEST_PROP(Payload, CutLengthenedOrOfAnotherRunIsRefused, (std::uint32_t run)) {
  const Bytes payload = Payload(*rc::gen::inRange(24, 300), run, *AnyId());
  RC_ASSERT(!Accepted(payload, run + 1));
  RC_ASSERT(!Accepted(Bytes(payload.begin(), payload.end() - 1), run));
  Bytes longer = payload;
  longer.push_back(std::byte{0});
  RC_ASSERT(!Accepted(longer, run));
}

RC_GTEST_PROP(Payload, TornBetweenTwoMessagesIsRefused, (std::uint32_t run)) {
  const MessageId id = *AnyId();
  const MessageId next{.producer = id.producer, .sequence = id.sequence + 1};
  const auto size = *rc::gen::inRange<std::size_t>(32, 300);
  Bytes torn = Payload(size, run, id);
  const Bytes other = Payload(size, run, next);
  const auto cut = *rc::gen::inRange<std::size_t>(1, size - 7);
  std::copy(other.begin() + static_cast<std::ptrdiff_t>(cut), other.end(),
            torn.begin() + static_cast<std::ptrdiff_t>(cut));
  // A cut in the header's fields that both share leaves the second message as it was.
  RC_PRE(torn != other);
  RC_ASSERT(!Accepted(torn, run));
}

RC_GTEST_PROP(Payload, AnyBytesAreRefused, (const std::vector<std::uint8_t>& bytes)) {
  const std::span<const std::byte> payload = std::as_bytes(std::span(bytes));
  RC_ASSERT(!Identify(payload, *rc::gen::arbitrary<std::uint32_t>()).has_value());
}

RC_GTEST_PROP(Stream, MatchesInWhateverPiecesItIsReceived, (std::uint32_t run)) {
  const auto sender = *rc::gen::inRange(0U, 64U);
  const auto offset = *rc::gen::arbitrary<std::uint32_t>();
  Bytes stream(*rc::gen::inRange<std::size_t>(1, 200));
  const auto cut = *rc::gen::inRange<std::size_t>(0, stream.size());
  FillStream(std::span(stream).first(cut), run, sender, offset);
  FillStream(std::span(stream).subspan(cut), run, sender, offset + cut);
  const auto piece = *rc::gen::inRange<std::size_t>(0, stream.size());
  RC_ASSERT(MatchesStream(stream, run, sender, offset));
  RC_ASSERT(MatchesStream(std::span(stream).first(piece), run, sender, offset));
  RC_ASSERT(MatchesStream(std::span(stream).subspan(piece), run, sender, offset + piece));
}

RC_GTEST_PROP(Stream, AFlippedBitIsSeen, (std::uint32_t run)) {
  const auto offset = *rc::gen::arbitrary<std::uint32_t>();
  Bytes stream(*rc::gen::inRange<std::size_t>(1, 100));
  FillStream(stream, run, 1, offset);
  const auto bit = *rc::gen::inRange<std::size_t>(0, stream.size() * 8);
  stream[bit / 8] ^= std::byte{1} << bit % 8;
  RC_ASSERT(!MatchesStream(stream, run, 1, offset));
}

RC_GTEST_PROP(Stream, ShiftedOrFromAnotherSenderOrRunIsRefused, (std::uint32_t run)) {
  const auto offset = *rc::gen::arbitrary<std::uint32_t>();
  Bytes stream(*rc::gen::inRange<std::size_t>(16, 100));
  FillStream(stream, run, 1, offset);
  const auto shift = *rc::gen::inRange(1U, 100U);
  RC_ASSERT(!MatchesStream(stream, run, 1, offset + shift));
  RC_ASSERT(!MatchesStream(stream, run, 2, offset));
  RC_ASSERT(!MatchesStream(stream, run + 1, 1, offset));
}

}  // namespace
}  // namespace ipc_hammer
