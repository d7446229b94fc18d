// What is particular to sequenced packets: an empty message and an end look alike to recvmsg, a
// reset comes before what was sent, and a peer can send what is no message of ours.
#include "transports/socket/unix_seqpacket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

class UnixSeqpacketTest : public testing::TestWithParam<TransportKind> {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Channel>> channel = GetParam().create(name_, {});
    ASSERT_TRUE(channel) << ToString(channel.error());
    channel_ = *std::move(channel);
    consumer_ = *channel_->Attach(Role::kConsumer, Deadline::Now());
  }

  std::unique_ptr<Endpoint> Connect() {
    return *GetParam().open(name_, Role::kProducer, {}, Deadline::Now());
  }
  static void Say(Endpoint& endpoint, std::size_t size) {
    EXPECT_EQ(*endpoint.Send(Bytes(size), 0, Deadline::Now()), size);
  }
  Result<Received> Receive() { return consumer_->Receive(buffer_, Deadline::Now()); }
  Errc ReceiveError() {
    const Result<Received> got = Receive();
    return got ? Errc::kSystem : got.error().code;
  }
  static Errc ReceiveError(Endpoint& endpoint) {
    Bytes buffer(4096);
    const Result<Received> got = endpoint.Receive(buffer, Deadline::Now());
    return got ? Errc::kSystem : got.error().code;
  }

  // A stranger that keeps to none of our rules.
  FileDescriptor ConnectRaw() const {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const bool is_abstract = GetParam().name.ends_with("abstract");
    const std::string text =
        is_abstract ? "ipc_hammer/" + name_.text : folder_.path() + "/" + name_.text + ".sock";
    std::memcpy(address.sun_path + (is_abstract ? 1 : 0), text.data(), text.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    return socket;
  }

  ScratchFolder folder_;
  ChannelName name_{.text = "packet" + std::to_string(std::random_device{}()),
                    .folder = folder_.path()};
  Bytes buffer_ = Bytes(4096);
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> consumer_;
};

TEST_P(UnixSeqpacketTest, EmptyMessagesAreMessagesInBothDirections) {
  auto producer = Connect();
  for (int i = 0; i < 3; ++i) Say(*producer, 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Receive()->size_bytes, 0u);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  Say(*consumer_, 0);
  EXPECT_EQ(producer->Receive(buffer_, Deadline::Now())->size_bytes, 0u);
  EXPECT_EQ(ReceiveError(*producer), Errc::kWouldBlock);
  Say(*producer, 0);
  producer.reset();
  EXPECT_EQ(Receive()->size_bytes, 0u);
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);
}

TEST_P(UnixSeqpacketTest, TheEndOfOneOfSeveralIsNotTold) {
  auto first = Connect();
  auto second = Connect();
  Say(*first, 1);
  ASSERT_TRUE(Receive());
  first.reset();
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  Say(*second, 2);
  EXPECT_EQ(Receive()->source, 1u);
  second.reset();
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
}

TEST_P(UnixSeqpacketTest, WhatWasSentComesBeforeAResetConnectionsEnd) {
  auto producer = Connect();
  Say(*producer, 1);
  ASSERT_TRUE(Receive());
  Say(*consumer_, 1);  // never read by the producer: its close resets the connection
  Say(*producer, 7);
  Say(*producer, 0);
  producer.reset();
  EXPECT_EQ(Receive()->size_bytes, 7u);
  EXPECT_EQ(Receive()->size_bytes, 0u);
  EXPECT_EQ(ReceiveError(), Errc::kPeerClosed);

  producer = Connect();
  Say(*producer, 1);
  ASSERT_TRUE(Receive());
  Say(*consumer_, 5);
  Say(*producer, 1);  // never read by the consumer
  consumer_.reset();
  channel_.reset();
  EXPECT_EQ(producer->Receive(buffer_, Deadline::Now())->size_bytes, 5u);
  EXPECT_EQ(ReceiveError(*producer), Errc::kPeerClosed);
  EXPECT_EQ(producer->Send(Bytes(1), 0, Deadline::Now()).error().code, Errc::kPeerClosed);
}

TEST_P(UnixSeqpacketTest, WhatIsNoMessageOfOursIsCorruptAndItsSenderIsCutOff) {
  auto good = Connect();
  Say(*good, 1);
  ASSERT_TRUE(Receive());
  for (const std::size_t size : {std::size_t{1}, std::size_t{4096}, std::size_t{4098}}) {
    const FileDescriptor stranger = ConnectRaw();
    Bytes packet(size, std::byte{'M'});
    if (size == 1) packet[0] = std::byte{'x'};
    if (size == 4096) packet[0] = std::byte{0};
    ASSERT_EQ(::send(stranger.get(), packet.data(), size, MSG_NOSIGNAL),
              static_cast<ssize_t>(size));
    EXPECT_EQ(ReceiveError(), Errc::kCorrupt) << size;
    EXPECT_EQ(ReceiveError(), Errc::kWouldBlock) << size;
    EXPECT_EQ(::send(stranger.get(), packet.data(), size, MSG_NOSIGNAL), -1);
    Say(*good, 3);
    EXPECT_EQ(Receive()->size_bytes, 3u);
  }
}

TEST_P(UnixSeqpacketTest, AnEmptyPacketOfAStrangerEndsItsConnectionOnly) {
  auto good = Connect();
  Say(*good, 1);
  ASSERT_TRUE(Receive());
  const FileDescriptor stranger = ConnectRaw();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(::send(stranger.get(), "", 0, MSG_NOSIGNAL), 0);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  Say(*good, 3);
  EXPECT_EQ(Receive()->size_bytes, 3u);
}

TEST_P(UnixSeqpacketTest, DescriptorsThatAreSentAlongAreNotTaken) {
  const FileDescriptor stranger = ConnectRaw();
  const std::set<int> before = OpenDescriptors();
  std::byte packet[] = {std::byte{0x4d}, std::byte{9}};
  iovec part{packet, sizeof(packet)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int passed = stranger.get();
  std::memcpy(CMSG_DATA(rights), &passed, sizeof(passed));
  ASSERT_EQ(::sendmsg(stranger.get(), &header, MSG_NOSIGNAL), 2);
  EXPECT_EQ(Receive()->size_bytes, 1u);
  EXPECT_EQ(OpenDescriptors().size(), before.size() + 1);  // the accepted connection
}

INSTANTIATE_TEST_SUITE_P(Kinds, UnixSeqpacketTest,
                         testing::Values(UnixSeqpacket(), UnixSeqpacketAbstract()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace ipc_hammer
