// Frames cut at every place, interleaved, discarded, and broken on purpose.
#include "transports/framing/frame_decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "transports/framing/frame_encoder.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;
constexpr std::size_t kSizeMax = 300;
constexpr std::size_t kFrameMax = 64;

Bytes Pattern(std::size_t size, std::size_t seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(seed * 31 + i * 7);
  return bytes;
}

// The frames of one message.
std::vector<Bytes> Frames(const Bytes& message, std::uint64_t writer,
                          std::size_t frame_max = kFrameMax) {
  std::vector<Bytes> frames;
  std::size_t offset = 0;
  do {
    Bytes frame(frame_max);
    frame.resize(EncodeFrame(message, offset, writer, frame));
    offset += frame.size() - kFrameOverheadBytes;
    frames.push_back(std::move(frame));
  } while (offset < message.size());
  return frames;
}

Bytes Join(const std::vector<Bytes>& frames) {
  Bytes stream;
  for (const Bytes& frame : frames) stream.insert(stream.end(), frame.begin(), frame.end());
  return stream;
}

struct Decoded {
  std::vector<Bytes> messages;
  bool corrupt = false;
};

// Feeds `stream` in pieces whose sizes repeat `cuts`.
Decoded Decode(FrameDecoder& decoder, const Bytes& stream, const std::vector<std::size_t>& cuts) {
  Decoded decoded;
  std::size_t at = 0;
  for (std::size_t i = 0; at < stream.size(); ++i) {
    const std::size_t count = std::min(cuts[i % cuts.size()], stream.size() - at);
    const Bytes piece(stream.begin() + static_cast<long>(at),
                      stream.begin() + static_cast<long>(at + count));
    at += count;
    std::span<const std::byte> input = piece;
    for (;;) {
      const auto message = decoder.Next(input);
      if (!message) {
        decoded.corrupt = true;
        return decoded;
      }
      if (!message->has_value()) break;
      decoded.messages.emplace_back((*message)->begin(), (*message)->end());
    }
  }
  return decoded;
}

Decoded Decode(const Bytes& stream, const std::vector<std::size_t>& cuts = {100000}) {
  FrameDecoder decoder(kSizeMax);
  return Decode(decoder, stream, cuts);
}

TEST(FrameDecoder, EveryCutOfEverySizeGivesTheSameMessages) {
  for (std::size_t size = 0; size <= 130; size += size < 45 ? 1 : 17) {
    const Bytes message = Pattern(size, size);
    const Bytes stream =
        Join({Join(Frames(message, 7)), Join(Frames({}, 7)), Join(Frames(message, 9))});
    for (std::size_t cut = 1; cut <= 66; ++cut) {
      const Decoded decoded = Decode(stream, {cut, 100000});
      ASSERT_FALSE(decoded.corrupt);
      ASSERT_EQ(decoded.messages, (std::vector<Bytes>{message, {}, message}));
      ASSERT_EQ(Decode(stream, {cut}).messages, decoded.messages);
    }
  }
}

TEST(FrameDecoder, CountsFramesAsTheyAreCut) {
  for (std::size_t size = 0; size <= kSizeMax; ++size) {
    EXPECT_EQ(FrameCount(size, kFrameMax), Frames(Pattern(size, 1), 1).size());
  }
}

RC_GTEST_PROP(FrameDecoder, InterleavedWritersAndAnyCutsLoseNothing, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 8);
  std::map<std::size_t, std::vector<Bytes>> waiting;  // the frames of each writer, the last first
  std::map<std::size_t, Bytes> sent;
  for (std::size_t writer = 0; writer < count; ++writer) {
    sent[writer] = Pattern(*rc::gen::inRange<std::size_t>(0, kSizeMax + 1), writer);
    waiting[writer] = Frames(sent[writer], writer + 1);
    std::ranges::reverse(waiting[writer]);
  }
  Bytes stream;
  std::vector<std::size_t> completed;
  while (!waiting.empty()) {
    const auto turn = *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(waiting));
    const auto next = std::next(waiting.begin(), turn);
    const Bytes& frame = next->second.back();
    stream.insert(stream.end(), frame.begin(), frame.end());
    next->second.pop_back();
    if (!next->second.empty()) continue;
    completed.push_back(next->first);
    waiting.erase(next);
  }
  const auto cuts = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 90)));
  const Decoded decoded = Decode(stream, cuts);
  RC_ASSERT(!decoded.corrupt);
  RC_ASSERT(decoded.messages.size() == count);
  for (std::size_t i = 0; i < count; ++i) RC_ASSERT(decoded.messages[i] == sent[completed[i]]);
}

// Mutated streams: whatever comes out is bounded, and the decoder holds little.
RC_GTEST_PROP(FrameDecoder, HostileBytesNeverMakeItHoldMoreThanCame, ()) {
  Bytes stream = Join(Frames(Pattern(*rc::gen::inRange<std::size_t>(0, kSizeMax + 1), 1), 3));
  const auto mutations = *rc::gen::inRange<std::size_t>(0, 6);
  for (std::size_t i = 0; i < mutations; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, stream.size());
    stream[at] = static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
  }
  const auto cut = *rc::gen::inRange<std::size_t>(1, 40);
  FrameDecoder decoder(kSizeMax);
  const Decoded decoded = Decode(decoder, stream, {cut});
  for (const Bytes& message : decoded.messages) RC_ASSERT(message.size() <= kSizeMax);
  RC_ASSERT(decoder.held_bytes() <= 2 * stream.size());
  RC_ASSERT(decoder.open_messages() <= FrameDecoder::kOpenMessagesMax);
}

struct BadByte {
  const char* what;
  std::size_t at;
  std::uint8_t value;
};

TEST(FrameDecoder, EveryIllegalFieldIsCorruptForEver) {
  const Bytes legal = Join(Frames(Pattern(20, 1), 5));
  for (const BadByte& bad :
       {BadByte{"magic", 0, 0}, BadByte{"version", 1, 2}, BadByte{"reserved flag", 2, 2},
        BadByte{"reserved flag", 3, 1}, BadByte{"abort with payload", 2, 1},
        BadByte{"huge payload", 7, 0xff}, BadByte{"huge message", 19, 0xff},
        BadByte{"message above the limit", 17, 2}, BadByte{"message below its payload", 16, 19},
        BadByte{"offset beyond", 20, 1}, BadByte{"offset huge", 23, 0xff},
        BadByte{"verdict", 44, 2}}) {
    Bytes stream = legal;
    stream[bad.at] = static_cast<std::byte>(bad.value);
    for (const std::size_t cut : {1u, 1000u}) {
      FrameDecoder decoder(kSizeMax);
      const Decoded decoded = Decode(decoder, stream, {cut});
      EXPECT_TRUE(decoded.corrupt) << bad.what;
      EXPECT_TRUE(decoded.messages.empty()) << bad.what;
      EXPECT_TRUE(Decode(decoder, legal, {cut}).corrupt) << bad.what;
    }
  }
}

TEST(FrameDecoder, PartsNeedAWriterAndAPayload) {
  EXPECT_TRUE(Decode(Join(Frames(Pattern(100, 1), 0))).corrupt);
  Bytes empty_part = Join(Frames({}, 5));
  empty_part[16] = std::byte{10};
  EXPECT_TRUE(Decode(empty_part).corrupt);
}

TEST(FrameDecoder, AGapInAMessageIsCorrupt) {
  const std::vector<Bytes> frames = Frames(Pattern(120, 1), 5);
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_TRUE(Decode(Join({frames[0], frames[2]})).corrupt);
  EXPECT_TRUE(Decode(Join({frames[0], frames[1], frames[1]})).corrupt);
}

TEST(FrameDecoder, APartWithoutBeginningIsDropped) {
  const std::vector<Bytes> frames = Frames(Pattern(120, 1), 5);
  const Bytes other = Pattern(3, 2);
  for (const std::size_t cut : {1u, 1000u}) {
    const Decoded decoded =
        Decode(Join({frames[1], frames[2], frames[3], Join(Frames(other, 5))}), {cut});
    EXPECT_FALSE(decoded.corrupt);
    EXPECT_EQ(decoded.messages, std::vector<Bytes>{other});
  }
}

TEST(FrameDecoder, ANewBeginningAnAbortAndAVerdictDiscardWhatIsOpen) {
  const std::vector<Bytes> frames = Frames(Pattern(120, 1), 5);
  const Bytes other = Pattern(100, 2);
  Bytes abort(kFrameOverheadBytes);
  EncodeAbort(5, abort);
  Bytes discarded = frames[1];
  discarded.back() = kFrameDiscard;
  Bytes whole = Join(Frames(Pattern(10, 1), 0));
  whole.back() = kFrameDiscard;
  for (const Bytes& start :
       {frames[0], Join({frames[0], abort}), Join({frames[0], discarded}), whole}) {
    for (const std::size_t cut : {1u, 1000u}) {
      FrameDecoder decoder(kSizeMax);
      const Decoded decoded = Decode(decoder, Join({start, Join(Frames(other, 5))}), {cut});
      EXPECT_FALSE(decoded.corrupt);
      EXPECT_EQ(decoded.messages, std::vector<Bytes>{other});
      EXPECT_EQ(decoder.open_messages(), 0u);
    }
  }
}

TEST(FrameDecoder, TheLongestWaitingMessageMakesRoomForAnother) {
  FrameDecoder decoder(kSizeMax);
  const Bytes message = Pattern(100, 1);
  for (std::uint64_t writer = 1; writer <= FrameDecoder::kOpenMessagesMax + 1; ++writer) {
    EXPECT_TRUE(Decode(decoder, Frames(message, writer)[0], {1000}).messages.empty());
  }
  EXPECT_EQ(decoder.open_messages(), FrameDecoder::kOpenMessagesMax);
  const auto finish = [&](std::uint64_t writer) {
    const std::vector<Bytes> frames = Frames(message, writer);
    return Decode(decoder, Join({frames[1], frames[2]}), {1000}).messages;
  };
  EXPECT_TRUE(finish(1).empty());
  EXPECT_EQ(finish(2), std::vector<Bytes>{message});
  EXPECT_EQ(finish(FrameDecoder::kOpenMessagesMax + 1), std::vector<Bytes>{message});
}

}  // namespace
}  // namespace ipc_hammer
