// Rule boundaries: one send is one receive; an empty message is not an end of file; what does not
// fit is an error that changes nothing.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"

namespace ipc_hammer {
namespace {

// Receives one message into a buffer of `buffer_bytes` and cuts the buffer to the message.
Result<std::vector<std::byte>> ReceiveBytes(Endpoint& from, std::size_t buffer_bytes,
                                            Deadline deadline = Deadline::Now()) {
  std::vector<std::byte> buffer(buffer_bytes);
  const auto received = from.Receive(buffer, deadline);
  if (!received) return std::unexpected(received.error());
  buffer.resize(received->size_bytes);
  return buffer;
}

CONFORMANCE_CASE(Boundaries, AnEmptyMessageIsNotAnEndOfFile, traits.shape == Shape::kMessages) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.producer->Send({}, 0, Soon())), "ok");
  const auto received = ReceiveBytes(*bench.consumer, bench.options.message_size_bytes, Soon());
  ASSERT_EQ(Said(received), "ok");
  EXPECT_TRUE(received->empty());
  EXPECT_EQ(Said(bench.Receive()), "would_block");
  EXPECT_EQ(bench.Works(), "ok");
}

CONFORMANCE_CASE(Boundaries, OneSendIsOneReceive, traits.shape == Shape::kMessages) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::size_t most = bench.options.message_size_bytes;
  const std::size_t sizes[] = {0, 1, most - 1, most, 0, most, 1};
  const std::size_t at_once = std::min<std::size_t>(bench.options.capacity_messages, 4);
  for (std::size_t first = 0; first < std::size(sizes); first += at_once) {
    const std::size_t end = std::min(first + at_once, std::size(sizes));
    for (std::size_t i = first; i < end; ++i) {
      const auto sent = bench.producer->Send(Bytes(sizes[i], {0, i}), 0, Soon());
      ASSERT_EQ(Said(sent), "ok");
      EXPECT_EQ(*sent, sizes[i]);
    }
    for (std::size_t i = first; i < end; ++i) {
      const auto received = ReceiveBytes(*bench.consumer, most, Soon());
      ASSERT_EQ(Said(received), "ok");
      EXPECT_EQ(*received, Bytes(sizes[i], {0, i})) << "message " << i << " of " << sizes[i];
    }
  }
  EXPECT_EQ(Said(bench.Receive()), "would_block");
}

CONFORMANCE_CASE(Boundaries, TheSmallestMessageSizeIsExact, traits.shape == Shape::kMessages) {
  Options options = UsualOptions(kind.traits);
  options.message_size_bytes = 1;
  Bench bench(kind, options);
  ASSERT_TRUE(bench.ok()) << bench.error();
  EXPECT_EQ(Said(bench.producer->Send(Bytes(2, {}), 0, Soon())), "too_large");
  for (const std::size_t size : {1, 0, 1}) {
    ASSERT_EQ(Said(bench.producer->Send(Bytes(size, {}), 0, Soon())), "ok");
    const auto received = ReceiveBytes(*bench.consumer, 1, Soon());
    ASSERT_EQ(Said(received), "ok");
    EXPECT_EQ(*received, Bytes(size, {}));
  }
}

CONFORMANCE_CASE(Boundaries, AMessageAboveTheSizeIsRefusedAndNotSent,
                 traits.shape == Shape::kMessages) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const std::size_t beyond : {1, 2, 4096, 1 << 20}) {
    const auto message = Bytes(bench.options.message_size_bytes + beyond, {});
    EXPECT_EQ(Said(bench.producer->Send(message, 0, Deadline::Now())), "too_large") << beyond;
    EXPECT_EQ(Said(bench.Receive()), "would_block");
  }
  EXPECT_EQ(bench.Works(), "ok");
}

CONFORMANCE_CASE(Boundaries, ABufferBelowTheMessageSizeIsRefusedAndRemovesNothing,
                 traits.shape == Shape::kMessages) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const std::size_t most = bench.options.message_size_bytes;
  EXPECT_EQ(Said(ReceiveBytes(*bench.consumer, most - 1)), "too_large") << "on an empty channel";
  ASSERT_EQ(Said(bench.producer->Send(Bytes(1, {}), 0, Soon())), "ok");
  ASSERT_EQ(Said(bench.producer->Send(Bytes(most, {}), 0, Soon())), "ok");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, most - 1}) {
    EXPECT_EQ(Said(ReceiveBytes(*bench.consumer, size)), "too_large") << size;
  }
  EXPECT_EQ(ReceiveBytes(*bench.consumer, most, Soon()).value_or(std::vector<std::byte>{}),
            Bytes(1, {}));
  EXPECT_EQ(ReceiveBytes(*bench.consumer, most + 100, Soon()).value_or(std::vector<std::byte>{}),
            Bytes(most, {}));
}

CONFORMANCE_CASE(Boundaries, NothingIsWrittenBehindTheMessageInTheBuffer,
                 traits.shape == Shape::kMessages) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.producer->Send(Bytes(1, {}), 0, Soon())), "ok");
  std::vector<std::byte> buffer(bench.options.message_size_bytes + 64, std::byte{0xa5});
  const auto given = std::span(buffer).first(bench.options.message_size_bytes);
  ASSERT_EQ(Said(bench.consumer->Receive(given, Soon())), "ok");
  const auto behind = std::span(buffer).last(64);
  EXPECT_TRUE(std::ranges::all_of(behind, [](std::byte byte) { return byte == std::byte{0xa5}; }));
}

CONFORMANCE_CASE(Boundaries, AStreamRefusesToMoveNothing, traits.shape == Shape::kBytes) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  EXPECT_EQ(Said(bench.producer->Send({}, 0, Deadline::Now())), "invalid_argument");
  EXPECT_EQ(Said(bench.consumer->Receive({}, Deadline::Now())), "invalid_argument");
  ASSERT_EQ(Said(bench.Send()), "ok");
  EXPECT_EQ(Said(bench.consumer->Receive({}, Deadline::Now())), "invalid_argument");
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
}

CONFORMANCE_CASE(Boundaries, AStreamArrivesWholeInWhateverPieces, traits.shape == Shape::kBytes) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto stream = Bytes(20'000, {});
  std::vector<std::byte> arrived;
  for (std::size_t sent = 0; arrived.size() < stream.size();) {
    const std::size_t length = std::min<std::size_t>(1 + sent % 4097, stream.size() - sent);
    if (length > 0) {
      const auto taken = bench.producer->Send(std::span(stream).subspan(sent, length), 0, Soon());
      ASSERT_EQ(Said(taken), "ok");
      ASSERT_GE(*taken, 1U);
      ASSERT_LE(*taken, length);
      sent += *taken;
    }
    const auto piece = ReceiveBytes(*bench.consumer, 1 + arrived.size() % 5003, Soon());
    ASSERT_EQ(Said(piece), "ok");
    ASSERT_FALSE(piece->empty());
    arrived.insert(arrived.end(), piece->begin(), piece->end());
  }
  EXPECT_TRUE(arrived == stream);
}

CONFORMANCE_CASE(Boundaries, ATokenCarriesNoPayload, traits.shape == Shape::kTokens) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  EXPECT_EQ(Said(bench.producer->Send(Bytes(1, {}), 0, Deadline::Now())), "too_large");
  EXPECT_EQ(Said(bench.Receive()), "would_block");
  ASSERT_EQ(Said(bench.Send()), "ok");
  const auto received = bench.consumer->Receive({}, Soon());
  ASSERT_EQ(Said(received), "ok");
  EXPECT_EQ(received->size_bytes, 0U);
}

// A channel that knows its message size refuses whoever opens it with another, be it larger or
// smaller.
CONFORMANCE_CASE(Boundaries, AnOpenersSmallerMessageSizeIsAsGoodAsALargerOne,
                 traits.reach == Reach::kStrangers && traits.shape == Shape::kMessages &&
                     (traits.producers_max > 1 || traits.reopens_producer)) {
  Options usual = UsualOptions(kind.traits);
  usual.message_size_bytes = std::min<std::size_t>(usual.message_size_bytes, 512);
  Bench bench(kind, usual);
  ASSERT_TRUE(bench.ok()) << bench.error();
  if (kind.traits.producers_max == 1) bench.producer.reset();
  const auto opens_with = [&](std::size_t message_size_bytes) {
    Options options = usual;
    options.message_size_bytes = message_size_bytes;
    return Said(kind.open(bench.name, Role::kProducer, options, Soon()));
  };
  const std::string larger = opens_with(usual.message_size_bytes + 1);
  EXPECT_TRUE(larger == "ok" || larger == "invalid_argument") << larger;
  EXPECT_EQ(opens_with(usual.message_size_bytes - 1), larger);
}

// A stranger who opens with a larger message size than the channel was made with is refused, or his
// large messages are, by whichever side; none arrives cut.
CONFORMANCE_CASE(Boundaries, NoMessageOfAStrangerWithLargerOnesIsCut,
                 traits.reach == Reach::kStrangers && traits.shape == Shape::kMessages &&
                     (traits.producers_max > 1 || traits.reopens_producer)) {
  Options small = UsualOptions(kind.traits);
  small.message_size_bytes = std::min<std::size_t>(small.message_size_bytes, 512);
  Options large = small;
  large.message_size_bytes = std::min(2 * small.message_size_bytes, kind.traits.message_size_max);
  Bench bench(kind, small);
  ASSERT_TRUE(bench.ok()) << bench.error();
  if (kind.traits.producers_max == 1) bench.producer.reset();
  const auto stranger = kind.open(bench.name, Role::kProducer, large, Soon());
  if (!stranger) return;
  const auto sent = (*stranger)->Send(Bytes(large.message_size_bytes, {}), 0, Soon());
  if (!sent) return;
  std::vector<std::byte> buffer(small.message_size_bytes);
  const auto got = bench.consumer->Receive(buffer, Deadline::After(std::chrono::seconds(1)));
  EXPECT_NE(Said(got), "ok") << got->size_bytes << " of " << large.message_size_bytes << " bytes";
}

}  // namespace
}  // namespace ipc_hammer
