// What is particular to pipes: atomic writes, capacity by slots, SIGPIPE, descriptors.
#include "transports/pipe/pipe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "transports/framing/stream_endpoint.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;

struct Ends {
  std::unique_ptr<Endpoint> consumer;
  std::vector<std::unique_ptr<Endpoint>> producers;
};

Ends MakeEnds(std::size_t producers = 1) {
  Result<std::unique_ptr<Channel>> channel = Pipe().create({.text = "pipe"}, {});
  EXPECT_TRUE(channel);
  Ends ends;
  ends.consumer = *(*channel)->Attach(Role::kConsumer, Deadline::Now());
  for (std::size_t i = 0; i < producers; ++i) {
    ends.producers.push_back(*(*channel)->Attach(Role::kProducer, Deadline::Now()));
  }
  (*channel)->Detach();
  return ends;
}

Errc SendNow(Endpoint& producer, std::size_t size) {
  const Result<std::size_t> sent = producer.Send(Bytes(size), 0, Deadline::Now());
  return sent ? Errc::kSystem : sent.error().code;
}

TEST(Pipe, TakesUpToPipeBufWholeOrNotAtAll) {
  Ends ends = MakeEnds();
  std::mt19937 random(1);
  std::size_t queued = 0;
  for (;;) {
    const std::size_t size = 1 + random() % PIPE_BUF;
    const Result<std::size_t> sent = ends.producers[0]->Send(Bytes(size), 0, Deadline::Now());
    if (!sent) break;
    EXPECT_EQ(*sent, size);
    queued += size;
  }
  Bytes buffer(1 << 20);
  EXPECT_EQ(ends.consumer->Receive(buffer, Deadline::Now())->size_bytes, queued);
}

// The worst case of pipe.h, reached on purpose: the declared floor is the real one.
TEST(Pipe, FloorIsExact) {
  Ends ends = MakeEnds();
  for (int pair = 0; pair < 8; ++pair) {
    ASSERT_TRUE(ends.producers[0]->Send(Bytes(4096), 0, Deadline::Now()));
    ASSERT_TRUE(ends.producers[0]->Send(Bytes(1), 0, Deadline::Now()));
  }
  Bytes buffer(4095);
  ASSERT_EQ(ends.consumer->Receive(buffer, Deadline::Now())->size_bytes, 4095u);
  const std::size_t queued = 8 * 4097 - 4095;
  EXPECT_EQ(queued, Pipe().traits.floor_bytes);
  EXPECT_EQ(SendNow(*ends.producers[0], 4096), Errc::kWouldBlock);
}

TEST(Pipe, SendsBelowTheFloorAreAccepted) {
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    Ends ends = MakeEnds();
    std::size_t queued = 0;
    Bytes buffer(PIPE_BUF);
    for (int step = 0; step < 500; ++step) {
      const std::size_t size = random() % 3 != 0 ? 1 + random() % 8 : PIPE_BUF - random() % 8;
      if (queued < Pipe().traits.floor_bytes) {
        const Result<std::size_t> sent = ends.producers[0]->Send(Bytes(size), 0, Deadline::Now());
        ASSERT_TRUE(sent) << "with " << queued << " bytes queued";
        ASSERT_EQ(*sent, size);
        queued += size;
      } else {
        const std::span<std::byte> part(buffer.data(), 1 + random() % PIPE_BUF);
        queued -= ends.consumer->Receive(part, Deadline::Now())->size_bytes;
      }
    }
  }
}

// A promise of room is kept at every fill, and an empty pipe promises all of itself.
TEST(Pipe, WhereItHasRoomEveryPieceIsTaken) {
  std::mt19937 random(4);
  for (int round = 0; round < 400; ++round) {
    Ends ends = MakeEnds();
    auto* const stream = dynamic_cast<StreamEndpoint*>(ends.producers[0].get());
    ASSERT_NE(stream, nullptr);
    EXPECT_TRUE(stream->HasRoom(0, 16 * PIPE_BUF, 16));
    EXPECT_FALSE(stream->HasRoom(0, 17 * PIPE_BUF, 17));
    for (std::size_t filled = 0, end = random() % 16; filled < end; ++filled) {
      const bool thrifty = round % 2 == 0;
      ASSERT_TRUE(
          stream->Send(Bytes(thrifty || filled % 2 == 0 ? PIPE_BUF : 1), 0, Deadline::Now()));
    }
    Bytes buffer(PIPE_BUF - 1);  // leaves the first slot partly read
    if (round % 3 == 0) static_cast<void>(ends.consumer->Receive(buffer, Deadline::Now()));
    std::size_t pieces = 0;
    while (pieces < 16 && stream->HasRoom(0, (pieces + 1) * PIPE_BUF, pieces + 1)) ++pieces;
    for (std::size_t i = 0; i < pieces; ++i) {
      ASSERT_EQ(SendNow(*stream, PIPE_BUF), Errc::kSystem) << i << " of " << pieces;
    }
  }
}

TEST(Pipe, ManyWritersAroundPipeBufAreNotMixed) {
  constexpr std::size_t kWriters = 4;
  constexpr int kSends = 300;
  Ends ends = MakeEnds(kWriters);
  std::vector<std::thread> threads;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      std::mt19937 random(static_cast<unsigned>(writer));
      for (int i = 0; i < kSends; ++i) {
        const std::size_t size = i % 2 == 0 ? PIPE_BUF : PIPE_BUF - 8 + random() % 8;
        Bytes payload(size, static_cast<std::byte>(writer));
        payload[0] = static_cast<std::byte>(size & 0xff);
        payload[1] = static_cast<std::byte>(size >> 8);
        EXPECT_EQ(*ends.producers[writer]->Send(payload, 0, Deadline::Never()), size);
      }
      ends.producers[writer].reset();
    });
  }
  Bytes stream;
  Bytes buffer(10000);
  for (;;) {
    const Result<Received> got = ends.consumer->Receive(buffer, Deadline::Never());
    if (!got) {
      EXPECT_EQ(got.error().code, Errc::kPeerClosed);
      break;
    }
    stream.insert(stream.end(), buffer.begin(),
                  buffer.begin() + static_cast<long>(got->size_bytes));
  }
  for (std::thread& thread : threads) thread.join();
  int messages = 0;
  for (std::size_t at = 0; at < stream.size(); ++messages) {
    const std::size_t size =
        static_cast<std::size_t>(stream[at]) | (static_cast<std::size_t>(stream[at + 1]) << 8);
    ASSERT_LE(at + size, stream.size());
    for (std::size_t i = 2; i < size; ++i) ASSERT_EQ(stream[at + i], stream[at + 2]);
    at += size;
  }
  EXPECT_EQ(messages, static_cast<int>(kWriters) * kSends);
}

TEST(Pipe, SendToNobodyIsPeerClosedAndKillsNobody) {
  EXPECT_EQ(RunInChild([] {
              Ends ends = MakeEnds();
              ends.consumer.reset();
              return SendNow(*ends.producers[0], 1) == Errc::kPeerClosed ? 0 : 1;
            }),
            0);
}

TEST(Pipe, EndOfFileComesAfterTheDataAndStays) {
  Ends ends = MakeEnds();
  ASSERT_TRUE(ends.producers[0]->Send(Bytes(5), 0, Deadline::Now()));
  ASSERT_TRUE(ends.producers[0]->CloseDirection(Direction::kSend));
  EXPECT_EQ(SendNow(*ends.producers[0], 1), Errc::kClosed);
  Bytes buffer(16);
  EXPECT_EQ(ends.consumer->Receive(buffer, Deadline::Now())->size_bytes, 5u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ends.consumer->Receive(buffer, Deadline::Never()).error().code, Errc::kPeerClosed);
  }
}

TEST(Pipe, TimesOutNotEarlyInBothDirections) {
  Ends ends = MakeEnds();
  Bytes buffer(16);
  std::int64_t begin = MonotonicNs();
  EXPECT_EQ(ends.consumer->Receive(buffer, Deadline::After(milliseconds(10))).error().code,
            Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - begin, 10'000'000);
  while (SendNow(*ends.producers[0], PIPE_BUF) != Errc::kWouldBlock) {
  }
  begin = MonotonicNs();
  EXPECT_EQ(ends.producers[0]->Send(buffer, 0, Deadline::After(milliseconds(10))).error().code,
            Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - begin, 10'000'000);
}

TEST(Pipe, CloseWakesABlockedSendAndReceive) {
  Ends ends = MakeEnds();
  Bytes buffer(PIPE_BUF);
  std::atomic<pid_t> id = 0;
  std::thread receiver([&] {
    id = ::gettid();
    EXPECT_EQ(ends.consumer->Receive(buffer, Deadline::Never()).error().code, Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(ends.consumer->CloseDirection(Direction::kReceive));
  receiver.join();

  ends = MakeEnds();
  id = 0;
  while (SendNow(*ends.producers[0], PIPE_BUF) != Errc::kWouldBlock) {
  }
  std::thread sender([&] {
    id = ::gettid();
    EXPECT_EQ(ends.producers[0]->Send(buffer, 0, Deadline::Never()).error().code, Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(ends.producers[0]->CloseDirection(Direction::kSend));
  sender.join();
}

TEST(Pipe, EveryDescriptorIsCloseOnExecAndNoneIsLeft) {
  const std::set<int> before = OpenDescriptors();
  {
    const Result<std::unique_ptr<Channel>> channel = Pipe().create({.text = "pipe"}, {});
    const auto consumer = (*channel)->Attach(Role::kConsumer, Deadline::Now());
    Bytes buffer(1);
    EXPECT_FALSE((*consumer)->Receive(buffer, Deadline::After(milliseconds(1))));
    for (const int fd : OpenDescriptors()) {
      if (!before.contains(fd)) EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
    }
    EXPECT_EQ(OpenDescriptors().size(), before.size() + 4);  // two ends, one copy, one eventfd
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(Pipe, WithoutDescriptorsCreateAndAttachAreNoSpaceAndLeakNothing) {
  MakeEnds();  // UndefinedBehaviorSanitizer needs descriptors to look at new types of objects
  const std::set<int> before = OpenDescriptors();
  for (int spare = 0; spare < 3; ++spare) {
    const DescriptorLimit limit(spare);
    const Result<std::unique_ptr<Channel>> channel = Pipe().create({.text = "pipe"}, {});
    if (spare < 2) {
      ASSERT_FALSE(channel);
      EXPECT_EQ(channel.error().code, Errc::kNoSpace);
      continue;
    }
    ASSERT_TRUE(channel);
    EXPECT_FALSE((*channel)->Attach(Role::kConsumer, Deadline::Now()) &&
                 (*channel)->Attach(Role::kProducer, Deadline::Now()));
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(Pipe, RefusesMoreEndpointsThanDeclaredAndAttachAfterDetach) {
  const Result<std::unique_ptr<Channel>> channel = Pipe().create({.text = "pipe"}, {});
  const auto first = (*channel)->Attach(Role::kConsumer, Deadline::Now());
  ASSERT_TRUE(first);
  EXPECT_EQ((*channel)->Attach(Role::kConsumer, Deadline::Now()).error().code,
            Errc::kInvalidArgument);
  (*channel)->Detach();
  EXPECT_EQ((*channel)->Attach(Role::kProducer, Deadline::Now()).error().code,
            Errc::kInvalidArgument);
}

TEST(Pipe, AForkedChildsExitLeavesTheParentsChannelAlive) {
  Ends ends = MakeEnds();
  EXPECT_EQ(RunInChild([&] {
              ends = Ends();
              return 0;
            }),
            0);
  ASSERT_TRUE(ends.producers[0]->Send(Bytes(3), 0, Deadline::Now()));
  Bytes buffer(16);
  EXPECT_EQ(ends.consumer->Receive(buffer, Deadline::Now())->size_bytes, 3u);
}

TEST(Pipe, RefusesBadArguments) {
  EXPECT_EQ(Pipe().create({.text = ""}, {}).error().code, Errc::kInvalidArgument);
  Ends ends = MakeEnds();
  Bytes buffer(1);
  EXPECT_EQ(ends.producers[0]->Send({}, 0, Deadline::Now()).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(ends.producers[0]->Send(buffer, 1, Deadline::Now()).error().code,
            Errc::kInvalidArgument);
  EXPECT_EQ(ends.consumer->Receive({}, Deadline::Now()).error().code, Errc::kInvalidArgument);
}

}  // namespace
}  // namespace ipc_hammer
