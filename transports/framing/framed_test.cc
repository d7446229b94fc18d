// Messages over real byte streams: sizes, interruption in the middle, duplex, hostile peers.
#include "transports/framing/framed.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "transports/framing/frame_encoder.h"
#include "transports/pipe/pipe.h"
#include "transports/socket/unix_stream.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kSizeMax = std::size_t{1} << 20;

struct Ends {
  std::unique_ptr<Channel> channel;
  std::unique_ptr<Endpoint> consumer;
  std::vector<std::unique_ptr<Endpoint>> producers;
};

class FramedTest : public testing::TestWithParam<TransportKind> {
 protected:
  Ends MakeEnds(std::size_t producers = 1) {
    Ends ends;
    Result<std::unique_ptr<Channel>> channel = GetParam().create(
        {.text = "framed" + std::to_string(std::random_device{}()), .folder = folder_.path()},
        {.message_size_bytes = kSizeMax});
    EXPECT_TRUE(channel) << ToString(channel.error());
    ends.channel = *std::move(channel);
    ends.consumer = *ends.channel->Attach(Role::kConsumer, Deadline::Now());
    for (std::size_t i = 0; i < producers; ++i) {
      ends.producers.push_back(*ends.channel->Attach(Role::kProducer, Deadline::Now()));
    }
    ends.channel->Detach();
    return ends;
  }

  Result<std::size_t> Receive(Endpoint& endpoint, Deadline deadline = Deadline::Now()) {
    const Result<Received> got = endpoint.Receive(buffer_, deadline);
    if (!got) return std::unexpected(got.error());
    return got->size_bytes;
  }

  ScratchFolder folder_;
  Bytes buffer_ = Bytes(kSizeMax);
};

Errc Code(const Result<std::size_t>& result) {
  return result ? Errc::kInvalidArgument : result.error().code;
}

TEST_P(FramedTest, SizesAroundEveryBorderArriveWhole) {
  Ends ends = MakeEnds();
  for (const std::size_t size : {0, 1, 4070, 4071, 4072, 8142, 8143, 20000, 32768, 32769, 50000}) {
    Bytes message(size);
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<std::byte>(i * 31 >> 3);
    ASSERT_EQ(*ends.producers[0]->Send(message, 0, Deadline::Now()), size);
    ASSERT_EQ(*Receive(*ends.consumer), size);
    ASSERT_TRUE(std::equal(message.begin(), message.end(), buffer_.begin()));
    ASSERT_EQ(Code(Receive(*ends.consumer)), Errc::kWouldBlock);
  }
}

TEST_P(FramedTest, ManyWritersOfManySizesLoseAndMixNothing) {
  constexpr std::size_t kWriters = 4;
  constexpr std::uint32_t kSends = 60;
  Ends ends = MakeEnds(kWriters);
  std::vector<std::thread> threads;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      std::mt19937 random(static_cast<unsigned>(writer));
      for (std::uint32_t number = 0; number < kSends; ++number) {
        const std::size_t size = number % 10 == 9 ? 100'000 : 8 + random() % 9000;
        Bytes message(size, static_cast<std::byte>(number * 5 + writer));
        message[0] = static_cast<std::byte>(writer);
        std::memcpy(&message[1], &number, sizeof(number));
        EXPECT_TRUE(ends.producers[writer]->Send(message, 0, Deadline::Never()));
      }
    });
  }
  std::map<std::size_t, std::uint32_t> next;
  for (std::size_t i = 0; i < kWriters * kSends; ++i) {
    const Result<std::size_t> size = Receive(*ends.consumer, Deadline::Never());
    if (!size) {
      ADD_FAILURE() << ToString(size.error());
      break;
    }
    const auto writer = static_cast<std::size_t>(buffer_[0]);
    std::uint32_t number = 0;
    std::memcpy(&number, &buffer_[1], sizeof(number));
    EXPECT_EQ(number, next[writer]++);
    const auto fill = static_cast<std::byte>(number * 5 + writer);
    EXPECT_EQ(std::count(buffer_.begin() + 5, buffer_.begin() + static_cast<long>(*size), fill),
              static_cast<long>(*size - 5));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(FramedTest, ALargeMessageWithoutRoomLeavesNothingBehind) {
  Ends ends = MakeEnds();
  const Bytes large(kSizeMax);
  const Bytes small(64, std::byte{7});
  EXPECT_EQ(Code(ends.producers[0]->Send(large, 0, Deadline::Now())), Errc::kWouldBlock);
  for (std::size_t i = 0; i < GetParam().traits.floor_messages; ++i) {
    ASSERT_TRUE(ends.producers[0]->Send(small, 0, Deadline::Now())) << i;
  }
}

TEST_P(FramedTest, BelowTheFloorsMessagesAreAccepted) {
  std::mt19937 random(3);
  const Traits& traits = GetParam().traits;
  for (int round = 0; round < 30; ++round) {
    Ends ends = MakeEnds();
    const std::size_t large = round % 3 == 0 ? 64 : round % 3 == 1 ? 4096 : 20000;
    std::vector<std::size_t> queued;
    std::size_t bytes = 0;
    for (int step = 0; step < 300; ++step) {
      const std::size_t size = random() % 4 != 0 ? random() % large : large;
      if (queued.size() < traits.floor_messages && bytes + size <= traits.floor_bytes) {
        ASSERT_TRUE(ends.producers[0]->Send(Bytes(size), 0, Deadline::Now()))
            << size << " with " << queued.size() << " messages, " << bytes << " bytes queued";
        queued.push_back(size);
        bytes += size;
      } else {
        EXPECT_EQ(*Receive(*ends.consumer), queued.front());
        bytes -= queued.front();
        queued.erase(queued.begin());
      }
    }
  }
}

TEST_P(FramedTest, AMessageCutByItsDeadlineIsNeverDelivered) {
  Ends ends = MakeEnds();
  const Bytes large(kSizeMax, std::byte{1});
  const Bytes small(64, std::byte{2});
  for (int round = 0; round < 3; ++round) {
    const std::int64_t begin = MonotonicNs();
    EXPECT_EQ(Code(ends.producers[0]->Send(large, 0, Deadline::After(milliseconds(5)))),
              Errc::kTimedOut);
    EXPECT_GE(MonotonicNs() - begin, 5'000'000);
    EXPECT_EQ(Code(Receive(*ends.consumer)), Errc::kWouldBlock);
    ASSERT_TRUE(ends.producers[0]->Send(small, 0, Deadline::Now()));
    ASSERT_EQ(*Receive(*ends.consumer), small.size());
    EXPECT_EQ(buffer_[0], std::byte{2});
  }
  EXPECT_EQ(Code(ends.producers[0]->Send(large, 0, Deadline::After(milliseconds(5)))),
            Errc::kTimedOut);
  ends.producers.clear();
  EXPECT_EQ(Code(Receive(*ends.consumer, Deadline::Never())), Errc::kPeerClosed);
}

TEST_P(FramedTest, ASenderKilledInTheMiddleIsAnEndOfFileAndNoMessage) {
  Ends ends = MakeEnds();
  ASSERT_TRUE(ends.producers[0]->Send(Bytes(10), 0, Deadline::Now()));
  const pid_t child = ForkChild([&] {
    ends.consumer.reset();  // else the child would keep its own reader
    const auto sent = ends.producers[0]->Send(Bytes(kSizeMax), 0, Deadline::Never());
    return sent ? 1 : 2;
  });
  ends.producers.clear();
  ASSERT_EQ(*Receive(*ends.consumer), 10u);
  // The child is in its message, which is longer than what the kernel holds, and stays there: as
  // long as we read it could go on.
  WaitUntilAsleep([&] { return child; });
  ASSERT_EQ(::kill(child, SIGSTOP), 0);
  ASSERT_EQ(::waitpid(child, nullptr, WUNTRACED), child);
  EXPECT_FALSE(Receive(*ends.consumer, Deadline::Now()));
  ::kill(child, SIGKILL);
  WaitForExit(child);
  EXPECT_EQ(Code(Receive(*ends.consumer, Deadline::Never())), Errc::kPeerClosed);
}

TEST_P(FramedTest, BothDirectionsCarryMessagesToWhoWasHeard) {
  if (!GetParam().traits.duplex) GTEST_SKIP() << "one direction only";
  Ends ends = MakeEnds(3);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(ends.producers[i]->Send(Bytes(i + 1), 0, Deadline::Now()));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t heard = *Receive(*ends.consumer);
    ASSERT_TRUE(ends.consumer->Send(Bytes(10 * heard), 0, Deadline::Now()));
    ASSERT_TRUE(ends.consumer->Send(Bytes(60'000), 0, Deadline::Now()));
    EXPECT_EQ(*Receive(*ends.producers[heard - 1]), 10 * heard);
    EXPECT_EQ(*Receive(*ends.producers[heard - 1]), 60'000u);
  }
}

TEST_P(FramedTest, ClosingTheDirectionHidesWhatWasReadAhead) {
  Ends ends = MakeEnds();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(ends.producers[0]->Send(Bytes(10), 0, Deadline::Now()));
  }
  ASSERT_TRUE(Receive(*ends.consumer));
  ASSERT_TRUE(ends.consumer->CloseDirection(Direction::kReceive));
  EXPECT_EQ(Code(Receive(*ends.consumer)), Errc::kClosed);
  EXPECT_EQ(Code(ends.producers[0]->Send(Bytes(10), 0, Deadline::Now())), Errc::kPeerClosed);
}

TEST_P(FramedTest, RefusesWhatIsTooLarge) {
  Ends ends = MakeEnds();
  EXPECT_EQ(Code(ends.producers[0]->Send(Bytes(kSizeMax + 1), 0, Deadline::Now())),
            Errc::kTooLarge);
  Bytes small(kSizeMax - 1);
  EXPECT_EQ(ends.consumer->Receive(small, Deadline::Now()).error().code, Errc::kTooLarge);
}

INSTANTIATE_TEST_SUITE_P(Kinds, FramedTest, testing::Values(Framed(Pipe()), Framed(UnixStream())),
                         [](const auto& kind) { return kind.param.name; });

// One process in the connection table breaks the format: it is reported once, the others go on.
TEST(Framed, AHostileConnectionDoesNotHarmTheOthers) {
  const ScratchFolder folder;
  const ChannelName name{.text = "hostile", .folder = folder.path()};
  const Options options{.message_size_bytes = 100};
  const auto channel = Framed(UnixStream()).create(name, options);
  const auto consumer = *(*channel)->Attach(Role::kConsumer, Deadline::Now());
  const auto hostile = *UnixStream().open(name, Role::kProducer, options, Deadline::Now());
  const auto good = *(*channel)->Attach(Role::kProducer, Deadline::Now());
  ASSERT_TRUE(hostile->Send(Bytes(100, std::byte{0xff}), 0, Deadline::Now()));
  Bytes buffer(100);
  EXPECT_EQ(consumer->Receive(buffer, Deadline::Now()).error().code, Errc::kCorrupt);
  ASSERT_TRUE(hostile->Send(Bytes(100, std::byte{0xff}), 0, Deadline::Now()));
  ASSERT_TRUE(good->Send(Bytes(5), 0, Deadline::Now()));
  const Result<Received> got = consumer->Receive(buffer, Deadline::Now());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->size_bytes, 5u);
  EXPECT_EQ(got->source, 1u);
  EXPECT_EQ(consumer->Receive(buffer, Deadline::Now()).error().code, Errc::kWouldBlock);
}

// A byte stream that takes any part of what it is given, then nothing for a while.
class StutteringEndpoint : public Endpoint {
 public:
  StutteringEndpoint(Bytes& stream, std::size_t& credit) : stream_(stream), credit_(credit) {}
  Result<std::size_t> Send(std::span<const std::byte> bytes, std::uint32_t, Deadline) override {
    const std::size_t taken = std::min(bytes.size(), credit_);
    if (taken == 0) return Fail(Errc::kTimedOut, "stutter");
    credit_ -= taken;
    stream_.insert(stream_.end(), bytes.begin(), bytes.begin() + static_cast<long>(taken));
    return taken;
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline) override {
    if (stream_.empty()) return Fail(Errc::kWouldBlock, "stutter");
    const std::size_t size = std::min(stream_.size(), buffer.size());
    std::copy_n(stream_.begin(), size, buffer.begin());
    stream_.erase(stream_.begin(), stream_.begin() + static_cast<long>(size));
    return Received{.size_bytes = size};
  }
  Result<void> CloseDirection(Direction) override { return {}; }

 private:
  Bytes& stream_;
  std::size_t& credit_;
};

class StutteringChannel : public Channel {
 public:
  StutteringChannel(Bytes& stream, std::size_t& credit) : stream_(stream), credit_(credit) {}
  Result<std::unique_ptr<Endpoint>> Attach(Role, Deadline) override {
    return std::make_unique<StutteringEndpoint>(stream_, credit_);
  }
  void Detach() override {}
  Result<void> Unlink() override { return {}; }

 private:
  Bytes& stream_;
  std::size_t& credit_;
};

// A frame is cut after every possible number of bytes, the verdict included.
TEST(Framed, AFrameCutAnywhereIsCompletedAndDiscarded) {
  Bytes stream;
  std::size_t credit = 0;
  TransportKind bytes_kind{
      .name = "stutter",
      .summary = "",
      .traits = {.shape = Shape::kBytes},
      .create = [&](const ChannelName&, const Options&) -> Result<std::unique_ptr<Channel>> {
        return std::make_unique<StutteringChannel>(stream, credit);
      },
      .open = nullptr,
      .unlink = nullptr};
  const auto channel = Framed(bytes_kind).create({}, {.message_size_bytes = 100'000});
  const auto consumer = *(*channel)->Attach(Role::kConsumer, Deadline::Now());
  Bytes buffer(100'000);
  const Bytes first(40, std::byte{1});
  const Bytes second(50'000, std::byte{2});
  for (std::size_t cut = 0; cut < first.size() + kFrameOverheadBytes; ++cut) {
    const auto producer = *(*channel)->Attach(Role::kProducer, Deadline::Now());
    credit = cut;
    ASSERT_EQ(producer->Send(first, 0, Deadline::Now()).error().code, Errc::kTimedOut);
    // The rest of the frame is not taken at once either.
    credit = cut % 7;
    if (cut + credit < first.size() + kFrameOverheadBytes) {
      ASSERT_FALSE(producer->Send(first, 0, Deadline::Now()));
    }
    credit = 1'000'000;
    ASSERT_TRUE(producer->Send(second, 0, Deadline::Now())) << cut;
    const Result<Received> got = consumer->Receive(buffer, Deadline::Now());
    ASSERT_TRUE(got) << cut << ToString(got.error());
    ASSERT_EQ(got->size_bytes, second.size());
    ASSERT_EQ(buffer[0], std::byte{2});
    ASSERT_FALSE(consumer->Receive(buffer, Deadline::Now()));
  }
}

}  // namespace
}  // namespace ipc_hammer
