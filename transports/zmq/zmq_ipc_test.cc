// What the battery cannot see of the ZeroMQ kinds: what becomes of other processes' messages, ends
// and forks, and what the bare library does that ours are kept from. Where a case says what the
// library does wrong, it fails when it no longer does: then the kind can promise more.
#include "transports/zmq/zmq_ipc.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "transports/socket/unix_address.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"
#include "transports/zmq/zmq_tcp.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

Deadline Soon() { return Deadline::After(std::chrono::seconds(20)); }

class ZmqTest : public testing::TestWithParam<TransportKind> {
 protected:
  std::unique_ptr<Channel> Create() {
    Result<std::unique_ptr<Channel>> channel = GetParam().create(name_, options_);
    EXPECT_TRUE(channel) << ToString(channel.error());
    return *std::move(channel);
  }
  Result<std::unique_ptr<Endpoint>> Open() {
    return GetParam().open(name_, Role::kProducer, options_, Soon());
  }

  ScratchFolder folder_;
  ChannelName name_{.text = "zmq" + std::to_string(std::random_device{}()),
                    .folder = folder_.path()};
  Options options_{.capacity_messages = 1, .message_size_bytes = 64};
  Bytes buffer_ = Bytes(64);
};

// The child closes and ends: what it sent has to have left it before.
int SendAndClose(const TransportKind& kind, const ChannelName& name, const Options& options,
                 int count) {
  const auto producer = kind.open(name, Role::kProducer, options, Soon());
  if (!producer) return 1;
  for (int i = 0; i < count; ++i) {
    if (!(*producer)->Send(Bytes(64), 0, Soon())) return 2;
  }
  return 0;
}

// How many rounds of some lost anything.
int RoundsWithLoss(const TransportKind& kind, const ChannelName& name, const Options& options,
                   Endpoint& consumer, int count) {
  Bytes buffer(64);
  int with_loss = 0;
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(RunInChild([&] { return SendAndClose(kind, name, options, count); }), 0);
    int received = 0;
    while (received < count &&
           consumer.Receive(buffer, Deadline::After(std::chrono::milliseconds(500)))) {
      ++received;
    }
    if (received < count) ++with_loss;
  }
  return with_loss;
}

TEST_P(ZmqTest, WhatAClosedProducerSentIsReceivedWhileTheConsumersQueueTakesIt) {
  const auto channel = Create();
  const auto consumer = *channel->Attach(Role::kConsumer, Soon());
  EXPECT_EQ(RoundsWithLoss(GetParam(), name_, options_, *consumer, 10), 0);
}

// zeromq/libzmq#4660; see zmq_ipc.h.
TEST_P(ZmqTest, BeyondItsQueueTheLibraryLosesWhatAClosedProducerSentOverAfUnix) {
  const auto channel = Create();
  const auto consumer = *channel->Attach(Role::kConsumer, Soon());
  const int with_loss = RoundsWithLoss(GetParam(), name_, options_, *consumer, 200);
  if (GetParam().traits.lossy) {
    EXPECT_GT(with_loss, 0) << "no loss any more: the kind need not be lossy";
  } else {
    EXPECT_EQ(with_loss, 0);
  }
}

TEST_P(ZmqTest, ABlockedProducerIsToldThatItsConsumerWasKilled) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const pid_t consumer = ForkChild([&] {
    const auto channel = Create();
    const auto endpoint = channel->Attach(Role::kConsumer, Soon());
    char byte = 0;
    if (::write(ends[1], &byte, 1) != 1) return 1;
    return ::read(ends[1], &byte, 1) == 1 ? 2 : 3;  // for ever
  });
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  const auto producer = *Open();
  std::atomic<pid_t> id = 0;
  std::thread sender([&] {
    id = ::gettid();
    Result<std::size_t> sent = 0;
    while (sent) sent = producer->Send(Bytes(64), 0, Deadline::Never());
    EXPECT_EQ(sent.error().code, Errc::kPeerClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  ::kill(consumer, SIGKILL);
  sender.join();
  EXPECT_EQ(WaitForExit(consumer), -SIGKILL);
  for (const int end : ends) ::close(end);
}

TEST_P(ZmqTest, AForkedChildCannotUseItsParentsEndpointsAndHarmsNothing) {
  auto channel = Create();
  auto consumer = *channel->Attach(Role::kConsumer, Soon());
  auto producer = *Open();
  EXPECT_EQ(RunInChild([&] {
              if (producer->Send(Bytes(1), 0, Soon()).error().code != Errc::kInvalidArgument) {
                return 1;
              }
              if (consumer->Receive(buffer_, Soon()).error().code != Errc::kInvalidArgument) {
                return 2;
              }
              producer.reset();
              consumer.reset();
              const auto own = Open();
              return own && (*own)->Send(Bytes(9), 0, Soon()) ? 0 : 3;
            }),
            0);
  EXPECT_EQ(consumer->Receive(buffer_, Soon())->size_bytes, 9U);
  ASSERT_TRUE(producer->Send(Bytes(5), 0, Soon()));
  EXPECT_EQ(consumer->Receive(buffer_, Soon())->size_bytes, 5U);
}

TEST_P(ZmqTest, ADestructorWaitsOnlySoLongForAConsumerThatDoesNotReceive) {
  options_.message_size_bytes = std::size_t{1} << 20;
  const auto channel = Create();
  const auto consumer = *channel->Attach(Role::kConsumer, Soon());
  EXPECT_EQ(RunInChild([&] {
              auto producer = *Open();
              const Bytes large(std::size_t{1} << 20);
              while (producer->Send(large, 0, Deadline::After(std::chrono::milliseconds(100)))) {
              }
              producer.reset();  // a test that does not end says that it waits for ever
              return 0;
            }),
            0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ZmqTest, testing::Values(ZmqIpc(), ZmqTcp()),
                         [](const auto& kind) { return kind.param.name; });

class ZmqIpcTest : public testing::Test {
 protected:
  std::string Uri() const { return "ipc://" + path_; }

  ScratchFolder folder_;
  ChannelName name_{.text = "bare", .folder = folder_.path()};
  std::string path_ = folder_.path() + "/bare.zmq";
};

// zeromq/libzmq#2059. Ours: kExists, which the battery asks for.
TEST_F(ZmqIpcTest, TheBareLibraryTakesAPathFromALivingListener) {
  zmq::context_t context;
  zmq::socket_t first(context, zmq::socket_type::pull);
  zmq::socket_t second(context, zmq::socket_type::pull);
  first.bind(Uri());
  EXPECT_NO_THROW(second.bind(Uri()));
  zmq::socket_t producer(context, zmq::socket_type::push);
  producer.connect(Uri());
  producer.send(zmq::buffer(std::string("for the first")), zmq::send_flags::none);
  zmq::message_t message;
  second.set(zmq::sockopt::rcvtimeo, 20'000);
  EXPECT_TRUE(second.recv(message)) << "the second does not get what was meant for the first";
}

TEST_F(ZmqIpcTest, TheBareLibraryLeavesItsFileBehind) {
  {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::pull);
    socket.bind(Uri());
  }
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ZmqIpcTest, WhatABareListenerLeftIsReplacedAndALivingOneIsNot) {
  {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::pull);
    socket.bind(Uri());
    EXPECT_EQ(ZmqIpc().create(name_, {}).error().code, Errc::kExists);
  }
  EXPECT_TRUE(ZmqIpc().create(name_, {}));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// Bytes that are no ZMTP, and a message that is too long.
TEST_F(ZmqIpcTest, HostilePeersLoseTheirConnectionAndNobodyElsesMessages) {
  const Options options{.message_size_bytes = 1024};
  const auto channel = *ZmqIpc().create(name_, options);
  const auto consumer = *channel->Attach(Role::kConsumer, Soon());
  const auto producer = *ZmqIpc().open(name_, Role::kProducer, options, Soon());
  const UnixAddress address = *UnixAddress::Path(name_, ".zmq");
  for (const char filler : {'\0', '\x7f', '\xff'}) {
    const FileDescriptor stranger(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(stranger.get(), address.data(), address.size()), 0);
    const std::vector<char> garbage(4096, filler);
    EXPECT_GT(::send(stranger.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
  }
  zmq::context_t context;
  zmq::socket_t stranger(context, zmq::socket_type::push);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.connect(Uri());
  stranger.send(zmq::message_t(1 << 20), zmq::send_flags::none);
  Bytes buffer(1024);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(producer->Send(Bytes(1000), 0, Soon()));
    EXPECT_EQ(consumer->Receive(buffer, Soon())->size_bytes, 1000U);
  }
}

}  // namespace
}  // namespace ipc_hammer
