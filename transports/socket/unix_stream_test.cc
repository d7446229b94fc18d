// What is particular to stream sockets: connections, their ends, answers, the backlog.
#include "transports/socket/unix_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "transports/socket/strangers_listener.h"
#include "transports/socket/unix_address.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;

class UnixStreamTest : public testing::TestWithParam<TransportKind> {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Channel>> channel = GetParam().create(name_, {});
    ASSERT_TRUE(channel) << ToString(channel.error());
    channel_ = *std::move(channel);
    consumer_ = *channel_->Attach(Role::kConsumer, Deadline::Now());
  }

  std::unique_ptr<Endpoint> Connect() {
    Result<std::unique_ptr<Endpoint>> endpoint =
        GetParam().open(name_, Role::kProducer, {}, Deadline::Now());
    EXPECT_TRUE(endpoint);
    return *std::move(endpoint);
  }
  Result<Received> Receive(Deadline deadline = Deadline::Now()) {
    return consumer_->Receive(buffer_, deadline);
  }
  static void Say(Endpoint& endpoint, std::size_t size) {
    EXPECT_EQ(*endpoint.Send(Bytes(size), 0, Deadline::Now()), size);
  }
  Errc ReceiveError() {
    const Result<Received> got = Receive();
    return got ? Errc::kSystem : got.error().code;
  }

  ScratchFolder folder_;
  ChannelName name_{.text = "unix" + std::to_string(std::random_device{}()),
                    .folder = folder_.path()};
  Bytes buffer_ = Bytes(1 << 16);
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> consumer_;
};

TEST_P(UnixStreamTest, EveryEndIsReportedAndEveryGapOnce) {
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  auto first = Connect();
  auto second = Connect();
  Say(*first, 3);
  first.reset();
  EXPECT_EQ(Receive()->size_bytes, 3u);
  const Result<Received> ended = Receive();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->source_ended);
  EXPECT_EQ(ended->source, 0u);
  second.reset();
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  auto third = Connect();
  Say(*third, 5);
  EXPECT_EQ(Receive()->source, 2u);
  third.reset();
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
}

TEST_P(UnixStreamTest, AConnectionThatIsNotYetAcceptedIsLive) {
  auto first = Connect();
  Say(*first, 1);
  ASSERT_TRUE(Receive());
  auto second = Connect();
  first.reset();
  const Result<Received> ended = Receive();
  ASSERT_TRUE(ended) << ToString(ended.error());
  EXPECT_TRUE(ended->source_ended);
}

TEST_P(UnixStreamTest, ConnectionsAreServedInTurn) {
  std::vector<std::unique_ptr<Endpoint>> producers;
  for (int i = 0; i < 4; ++i) {
    producers.push_back(Connect());
    Say(*producers.back(), 1000);
  }
  std::vector<int> served(4);
  for (int i = 0; i < 40; ++i) {
    buffer_.resize(10);
    ++served[Receive()->source];
  }
  // The first few go to those who had been accepted; then each has its turn.
  for (const int times : served) EXPECT_GE(times, 5);
}

TEST_P(UnixStreamTest, ABusyConnectionDoesNotKeepOthersWaitingInTheBacklog) {
  auto busy = Connect();
  Say(*busy, 1000);
  buffer_.resize(1);
  EXPECT_EQ(Receive()->source, 0u);  // it is accepted and has more to say, always
  auto quiet = Connect();
  Say(*quiet, 1);
  for (int i = 0; i < 40; ++i) {
    if (Receive()->source == 1) return;
  }
  FAIL() << "the second connection was never heard";
}

TEST_P(UnixStreamTest, AnswersGoToWhoWasHeardLast) {
  auto first = Connect();
  auto second = Connect();
  Bytes answer(8);
  Say(*consumer_, 1);  // nobody heard yet: to the first
  EXPECT_EQ(first->Receive(answer, Deadline::Now())->size_bytes, 1u);
  Say(*second, 1);
  EXPECT_EQ(Receive()->source, 1u);
  Say(*consumer_, 2);
  EXPECT_EQ(second->Receive(answer, Deadline::Now())->size_bytes, 2u);
  EXPECT_EQ(first->Receive(answer, Deadline::Now()).error().code, Errc::kWouldBlock);
  second.reset();
  EXPECT_EQ(consumer_->Send(answer, 0, Deadline::Now()).error().code, Errc::kPeerClosed);
}

TEST_P(UnixStreamTest, ToNobodyIsPeerClosed) {
  EXPECT_EQ(consumer_->Send(Bytes(1), 0, Deadline::Now()).error().code, Errc::kPeerClosed);
  auto producer = Connect();
  consumer_.reset();
  channel_.reset();
  EXPECT_EQ(producer->Send(Bytes(1), 0, Deadline::Now()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(producer->Receive(buffer_, Deadline::Never()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(producer->Receive(buffer_, Deadline::Never()).error().code, Errc::kPeerClosed);
}

TEST_P(UnixStreamTest, AHalfClosedProducerStillGetsItsAnswer) {
  const std::set<int> before = OpenDescriptors();
  auto producer = Connect();
  Say(*producer, 1);
  ASSERT_TRUE(producer->CloseDirection(Direction::kSend));
  EXPECT_EQ(Receive()->size_bytes, 1u);
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);
  Say(*consumer_, 4);
  EXPECT_EQ(producer->Receive(buffer_, Deadline::Now())->size_bytes, 4u);
  producer.reset();
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  EXPECT_EQ(OpenDescriptors(), before);  // the consumer has let it go
}

TEST_P(UnixStreamTest, DataComesBeforeAResetConnectionsEnd) {
  auto producer = Connect();
  Say(*producer, 1);
  ASSERT_TRUE(Receive());
  Say(*consumer_, 1);  // never read by the producer: its close resets the connection
  Say(*producer, 7);
  producer.reset();
  EXPECT_EQ(Receive()->size_bytes, 7u);
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);
}

TEST_P(UnixStreamTest, ClosingToReceiveTurnsEveryProducerAway) {
  auto accepted = Connect();
  Say(*accepted, 1);
  ASSERT_TRUE(Receive());
  auto waiting = Connect();
  ASSERT_TRUE(consumer_->CloseDirection(Direction::kReceive));
  EXPECT_EQ(accepted->Send(Bytes(1), 0, Deadline::Now()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(waiting->Send(Bytes(1), 0, Deadline::Now()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(GetParam().open(name_, Role::kProducer, {}, Deadline::Now()).error().code,
            Errc::kNotFound);
  EXPECT_EQ(ReceiveError(), Errc::kClosed);
  Say(*consumer_, 3);
  EXPECT_EQ(accepted->Receive(buffer_, Deadline::Now())->size_bytes, 3u);
}

TEST_P(UnixStreamTest, ClosingToSendIsAnEndOfFileForEveryProducer) {
  auto accepted = Connect();
  Say(*accepted, 1);
  ASSERT_TRUE(Receive());
  ASSERT_TRUE(consumer_->CloseDirection(Direction::kSend));
  EXPECT_EQ(accepted->Receive(buffer_, Deadline::Never()).error().code, Errc::kPeerClosed);
  auto later = Connect();
  Say(*later, 1);
  ASSERT_TRUE(Receive());
  EXPECT_EQ(later->Receive(buffer_, Deadline::Never()).error().code, Errc::kPeerClosed);
}

TEST_P(UnixStreamTest, ClosingToSendIsToldToThoseToWhomNoPlaceIsLeft) {
  std::vector<std::unique_ptr<Endpoint>> producers;
  const std::uint32_t places = GetParam().traits.producers_max;
  for (std::uint32_t i = 0; i < places; ++i) producers.push_back(Connect());
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);  // accepts them
  for (std::uint32_t i = 0; i <= places; ++i) producers.push_back(Connect());
  ASSERT_TRUE(consumer_->CloseDirection(Direction::kSend));
  for (const auto& producer : producers) {
    EXPECT_EQ(producer->Receive(buffer_, Deadline::Now()).error().code, Errc::kPeerClosed);
  }
  Say(*producers.back(), 1);
  EXPECT_EQ(Receive()->source, 2 * places);
}

TEST_P(UnixStreamTest, CloseWakesWhoIsBlocked) {
  auto producer = Connect();
  std::atomic<pid_t> id = 0;
  const auto blocked_until = [&](const std::function<Errc()>& operation,
                                 const std::function<void()>& close) {
    id = 0;
    std::thread thread([&] {
      id = ::gettid();
      EXPECT_EQ(operation(), Errc::kClosed);
    });
    WaitUntilAsleep([&] { return id.load(); });
    close();
    thread.join();
  };
  blocked_until([&] { return Receive(Deadline::Never()).error().code; },
                [&] { EXPECT_TRUE(consumer_->CloseDirection(Direction::kReceive)); });
  Bytes own(16);
  blocked_until([&] { return producer->Receive(own, Deadline::Never()).error().code; },
                [&] { EXPECT_TRUE(producer->CloseDirection(Direction::kReceive)); });
}

TEST_P(UnixStreamTest, CloseWakesABlockedSend) {
  auto producer = Connect();
  const Bytes much(std::size_t{1} << 20);
  while (producer->Send(much, 0, Deadline::Now())) {
  }
  std::atomic<pid_t> id = 0;
  std::thread thread([&] {
    id = ::gettid();
    EXPECT_EQ(producer->Send(much, 0, Deadline::Never()).error().code, Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(producer->CloseDirection(Direction::kSend));
  thread.join();
}

TEST_P(UnixStreamTest, AFullBacklogWaitsForTheDeadlineAndGivesRoomAgain) {
  std::vector<std::unique_ptr<Endpoint>> waiting;
  for (;;) {
    auto next = GetParam().open(name_, Role::kProducer, {}, Deadline::Now());
    if (!next) {
      EXPECT_EQ(next.error().code, Errc::kWouldBlock);
      break;
    }
    waiting.push_back(*std::move(next));
  }
  EXPECT_GE(waiting.size(), GetParam().traits.producers_max);
  const std::int64_t begin = MonotonicNs();
  EXPECT_EQ(
      GetParam().open(name_, Role::kProducer, {}, Deadline::After(milliseconds(20))).error().code,
      Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - begin, 20'000'000);
  std::unique_ptr<Endpoint> late;
  std::atomic<pid_t> id = 0;
  std::thread thread([&] {
    id = ::gettid();
    late = *GetParam().open(name_, Role::kProducer, {}, Deadline::Never());
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);  // accepts as many as the table holds
  thread.join();
  // Its socket was made blocking to wait; nothing else may block for that.
  EXPECT_EQ(late->Receive(buffer_, Deadline::Now()).error().code, Errc::kWouldBlock);
}

TEST_P(UnixStreamTest, WithoutDescriptorsReceiveIsNoSpaceAndNobodyIsLost) {
  auto first = Connect();
  Say(*first, 1);
  ASSERT_TRUE(Receive());
  auto second = Connect();
  Say(*second, 2);
  {
    const DescriptorLimit none(0);
    EXPECT_EQ(ReceiveError(), Errc::kNoSpace);
    Say(*first, 3);
    EXPECT_EQ(Receive()->size_bytes, 3u);  // who is connected is served meanwhile
    EXPECT_EQ(GetParam().open(name_, Role::kProducer, {}, Deadline::Now()).error().code,
              Errc::kNoSpace);
    first.reset();
  }
  EXPECT_TRUE(Receive()->source_ended);
  EXPECT_EQ(Receive()->size_bytes, 2u);
}

TEST_P(UnixStreamTest, EveryDescriptorIsCloseOnExecAndNoneIsLeft) {
  consumer_.reset();
  channel_.reset();
  const std::set<int> before = OpenDescriptors();
  SetUp();
  auto producer = Connect();
  Say(*producer, 1);
  ASSERT_TRUE(Receive());
  EXPECT_FALSE(Receive(Deadline::After(milliseconds(1))));
  for (const int fd : OpenDescriptors()) {
    if (!before.contains(fd)) EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC) << fd;
  }
  producer.reset();
  consumer_.reset();
  channel_.reset();
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_P(UnixStreamTest, AForkedChildsExitLeavesTheParentsChannelAlive) {
  auto producer = Connect();
  EXPECT_EQ(RunInChild([&] {
              producer.reset();
              consumer_.reset();
              channel_.reset();
              return 0;
            }),
            0);
  Say(*producer, 3);
  EXPECT_EQ(Receive()->size_bytes, 3u);
  EXPECT_NE(Connect(), nullptr);
}

TEST_P(UnixStreamTest, TheConsumerIsNoStranger) {
  EXPECT_EQ(GetParam().open(name_, Role::kConsumer, {}, Deadline::Now()).error().code,
            Errc::kInvalidArgument);
  EXPECT_EQ(channel_->Attach(Role::kConsumer, Deadline::Now()).error().code,
            Errc::kInvalidArgument);
}

TEST_P(UnixStreamTest, AttachCountsLiveProducersOnly) {
  std::vector<std::unique_ptr<Endpoint>> producers;
  for (std::uint32_t i = 0; i < GetParam().traits.producers_max; ++i) {
    producers.push_back(*channel_->Attach(Role::kProducer, Deadline::Now()));
  }
  EXPECT_EQ(channel_->Attach(Role::kProducer, Deadline::Now()).error().code,
            Errc::kInvalidArgument);
  producers.pop_back();
  EXPECT_TRUE(channel_->Attach(Role::kProducer, Deadline::Now()));
}

TEST_P(UnixStreamTest, ALivingOwnersNameIsTakenAndAFreeOneIsNotFound) {
  EXPECT_EQ(GetParam().create(name_, {}).error().code, Errc::kExists);
  EXPECT_EQ(GetParam().unlink(name_).error().code, Errc::kExists);
  consumer_.reset();
  channel_.reset();
  EXPECT_EQ(GetParam().unlink(name_).error().code, Errc::kNotFound);
  EXPECT_EQ(GetParam().open(name_, Role::kProducer, {}, Deadline::Now()).error().code,
            Errc::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(Kinds, UnixStreamTest, testing::Values(UnixStream(), UnixStreamAbstract()),
                         [](const auto& kind) { return kind.param.name; });

// The other user is a child of ours under another id; only root can become one.
TEST(UnixAbstract, RefusesAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const TransportKind kind = UnixStreamAbstract();
  const ChannelName name{.text = "uid" + std::to_string(std::random_device{}())};
  const auto channel = *kind.create(name, {});
  const auto consumer = *channel->Attach(Role::kConsumer, Deadline::Now());
  const int status = RunInChild([&] {
    if (::setuid(65534) != 0) return 77;  // a user namespace with one user
    const auto opened = kind.open(name, Role::kProducer, {}, Deadline::Now());
    return !opened && opened.error().code == Errc::kPermission ? 0 : 1;
  });
  if (status == 77) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(status, 0);
  Bytes buffer(1);
  EXPECT_EQ(consumer->Receive(buffer, Deadline::Now()).error().code, Errc::kWouldBlock);
}

TEST(UnixAbstract, AttachingToWhatIsAnotherUsersByNowIsPeerClosed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const TransportKind kind = UnixStreamAbstract();
  const ChannelName name{.text = "uid" + std::to_string(std::random_device{}())};
  const auto channel = *kind.create(name, {});
  channel->Detach();
  const StrangersListener stranger(UnixAddress::Abstract(name)->ref());
  if (!stranger.listens()) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(channel->Attach(Role::kProducer, Deadline::Now()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(kind.open(name, Role::kProducer, {}, Deadline::Now()).error().code, Errc::kPermission);
}

}  // namespace
}  // namespace ipc_hammer
