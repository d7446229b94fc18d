// What is particular to TCP: addresses, restarts, resets, peers of which only half an end was told,
// and peers of other users.
#include "transports/network/tcp.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <set>
#include <vector>

#include "transports/network/loopback_address.h"
#include "transports/socket/strangers_listener.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

constexpr int kNotHere = 77;  // a child's word for: this machine does not let us

Deadline Soon() { return Deadline::After(std::chrono::seconds(20)); }

class TcpTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Channel>> channel = Tcp().create(name_, {});
    ASSERT_TRUE(channel) << ToString(channel.error());
    channel_ = *std::move(channel);
    consumer_ = *channel_->Attach(Role::kConsumer, Soon());
  }
  std::unique_ptr<Endpoint> Connect() { return *Tcp().open(name_, Role::kProducer, {}, Soon()); }
  // The next bytes, without ends of connections.
  std::size_t ReceiveBytes(std::size_t count) {
    std::size_t got = 0;
    while (got < count) {
      const Result<Received> received = consumer_->Receive(buffer_, Soon());
      if (!received && received.error().code == Errc::kPeerClosed) continue;
      if (!received) break;
      got += received->size_bytes;
    }
    return got;
  }

  ChannelName name_{.text = "tcp" + std::to_string(std::random_device{}())};
  Bytes buffer_ = Bytes(1 << 16);
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> consumer_;
};

TEST_F(TcpTest, ALivingListenerIsNotJoinedAndADeadOnesConnectionsAreNoObstacle) {
  EXPECT_EQ(Tcp().create(name_, {}).error().code, Errc::kExists);
  auto producer = Connect();
  ASSERT_TRUE(producer->Send(Bytes(1), 0, Soon()));
  ASSERT_EQ(ReceiveBytes(1), 1U);
  // Who closes first keeps the connection in TIME_WAIT, with the listener's port.
  ASSERT_TRUE(consumer_->CloseDirection(Direction::kSend));
  EXPECT_EQ(producer->Receive(buffer_, Soon()).error().code, Errc::kPeerClosed);
  producer.reset();
  consumer_.reset();
  channel_.reset();
  EXPECT_TRUE(Tcp().create(name_, {}));
}

TEST_F(TcpTest, AStrangersListenerOnAllAddressesIsInTheWay) {
  consumer_.reset();
  channel_.reset();
  sockaddr_in everywhere = LoopbackAddress::Of("tcp", name_)->ip();
  everywhere.sin_addr.s_addr = htonl(INADDR_ANY);
  const FileDescriptor stranger(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(stranger.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto* address = reinterpret_cast<const sockaddr*>(&everywhere);
  ASSERT_EQ(::bind(stranger.get(), address, sizeof(everywhere)), 0);
  ASSERT_EQ(::listen(stranger.get(), 1), 0);
  EXPECT_EQ(Tcp().create(name_, {}).error().code, Errc::kExists);
}

// More small pieces than the congestion window takes at first, so that some are still here.
TEST_F(TcpTest, ACloseWithAnswersUnreadLosesNothingThatWasSent) {
  for (int round = 0; round < 10; ++round) {
    auto producer = Connect();
    ASSERT_TRUE(producer->Send(Bytes(1), 0, Soon()));
    ASSERT_EQ(ReceiveBytes(1), 1U);
    ASSERT_TRUE(consumer_->Send(Bytes(1), 0, Soon()));
    constexpr int kPieces = 40;
    for (int i = 0; i < kPieces; ++i) ASSERT_TRUE(producer->Send(Bytes(1), 0, Soon()));
    producer.reset();
    EXPECT_EQ(consumer_->Send(Bytes(1), 0, Soon()).error().code, Errc::kPeerClosed);
    ASSERT_EQ(ReceiveBytes(kPieces), std::size_t{kPieces});
  }
}

TEST_F(TcpTest, AHalfClosedProducerGetsItsAnswerAndIsLetGoWhenItHasGone) {
  // To wait once makes what is only made for waiting.
  EXPECT_FALSE(consumer_->Receive(buffer_, Deadline::After(std::chrono::milliseconds(1))));
  const std::set<int> before = OpenDescriptors();
  auto producer = Connect();
  ASSERT_TRUE(producer->Send(Bytes(3), 0, Soon()));
  ASSERT_TRUE(producer->CloseDirection(Direction::kSend));
  ASSERT_EQ(ReceiveBytes(3), 3U);
  EXPECT_EQ(consumer_->Receive(buffer_, Soon()).error().code, Errc::kPeerClosed);
  ASSERT_TRUE(consumer_->Send(Bytes(4), 0, Soon()));
  EXPECT_EQ(producer->Receive(buffer_, Soon())->size_bytes, 4U);
  producer.reset();
  EXPECT_EQ(consumer_->Receive(buffer_, Deadline::Now()).error().code, Errc::kWouldBlock);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(TcpTest, PeersThatHalfClosedAndWentTakeUpNoPlaces) {
  for (std::uint32_t i = 0; i < 3 * Tcp().traits.producers_max; ++i) {
    auto producer = Connect();
    ASSERT_TRUE(producer->CloseDirection(Direction::kSend));
    EXPECT_EQ(consumer_->Receive(buffer_, Soon()).error().code, Errc::kPeerClosed) << i;
  }
}

TEST_F(TcpTest, ClosingToSendIsToldToThoseToWhomNoPlaceIsLeft) {
  std::vector<std::unique_ptr<Endpoint>> producers;
  const std::uint32_t places = Tcp().traits.producers_max;
  for (std::uint32_t i = 0; i < places; ++i) producers.push_back(Connect());
  EXPECT_EQ(consumer_->Receive(buffer_, Deadline::Now()).error().code, Errc::kWouldBlock);
  for (std::uint32_t i = 0; i <= places; ++i) producers.push_back(Connect());
  ASSERT_TRUE(consumer_->CloseDirection(Direction::kSend));
  for (const auto& producer : producers) {
    EXPECT_EQ(producer->Receive(buffer_, Soon()).error().code, Errc::kPeerClosed);
  }
}

TEST_F(TcpTest, AttachingToWhatIsAnotherUsersByNowIsPeerClosed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  consumer_.reset();
  channel_->Detach();
  const StrangersListener stranger(LoopbackAddress::Of("tcp", name_)->ref());
  if (!stranger.listens()) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(channel_->Attach(Role::kProducer, Soon()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(Tcp().open(name_, Role::kProducer, {}, Soon()).error().code, Errc::kPermission);
}

// The other user is a child of ours under another id; only root can become one.
TEST_F(TcpTest, AnotherUsersConnectionIsRefusedWhileItIsThere) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const LoopbackAddress address = *LoopbackAddress::Of("tcp", name_);
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const pid_t stranger = ForkChild([&] {
    if (::setuid(65534) != 0) return kNotHere;  // a user namespace with one user
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    char byte = 0;
    if (::connect(socket, address.ref().data, address.ref().size) != 0) return 1;
    if (::send(socket, &byte, 1, MSG_NOSIGNAL) != 1 || ::write(ends[1], &byte, 1) != 1) return 2;
    return ::recv(socket, &byte, 1, 0) <= 0 ? 0 : 3;  // until it is thrown out
  });
  ::close(ends[1]);
  char byte = 0;
  const bool has_sent = ::read(ends[0], &byte, 1) == 1;
  ::close(ends[0]);
  EXPECT_EQ(consumer_->Receive(buffer_, Deadline::Now()).error().code, Errc::kWouldBlock);
  const int status = WaitForExit(stranger);
  if (!has_sent && status == kNotHere) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(status, 0);
}

TEST(LoopbackAddress, IsOfTheNameAndTheKindAlone) {
  std::set<std::string> places;
  for (int i = 0; i < 1000; ++i) {
    const ChannelName name{.text = "n" + std::to_string(i), .folder = "/tmp"};
    for (const char* kind : {"tcp", "udp"}) {
      const LoopbackAddress address = *LoopbackAddress::Of(kind, name);
      EXPECT_EQ(ntohl(address.ip().sin_addr.s_addr) >> 24, 127U);
      EXPECT_GE(ntohs(address.ip().sin_port), 10000);
      EXPECT_LT(ntohs(address.ip().sin_port), 30000);
      EXPECT_TRUE(places.insert(address.text()).second) << address.text();
      EXPECT_EQ(LoopbackAddress::Of(kind, {.text = name.text, .folder = "/"})->text(),
                address.text());
    }
  }
}

}  // namespace
}  // namespace ipc_hammer
