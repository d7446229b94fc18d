// What is particular to datagrams: the queue of the system's length, senders that wait for it, a
// receiver that goes, and messages of strangers.
#include "transports/socket/datagram/unix_dgram.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;

constexpr int kNotHere = 77;  // a child's word for: this machine does not let us

struct RawAddress {
  sockaddr_un name{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

class UnixDgramTest : public testing::TestWithParam<TransportKind> {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<Channel>> channel = GetParam().create(name_, {});
    ASSERT_TRUE(channel) << ToString(channel.error());
    channel_ = *std::move(channel);
    consumer_ = *channel_->Attach(Role::kConsumer, Deadline::Now());
    channel_->Detach();
  }

  Result<std::unique_ptr<Endpoint>> Open() {
    return GetParam().open(name_, Role::kProducer, {}, Deadline::Now());
  }
  static void Say(Endpoint& endpoint, std::size_t size) {
    EXPECT_EQ(*endpoint.Send(Bytes(size), 0, Deadline::Now()), size);
  }
  Result<Received> Receive() { return consumer_->Receive(buffer_, Deadline::Now()); }
  Errc ReceiveError() {
    const Result<Received> got = Receive();
    return got ? Errc::kSystem : got.error().code;
  }
  static std::size_t Fill(Endpoint& endpoint) {
    std::size_t taken = 0;
    while (endpoint.Send(Bytes(1), 0, Deadline::Now())) ++taken;
    return taken;
  }
  // Runs `sender`'s Send in a thread and, once it sleeps, `event`; returns what Send said.
  static Result<std::size_t> BlockedSend(Endpoint& sender, const std::function<void()>& event) {
    std::atomic<pid_t> id = 0;
    Result<std::size_t> said = 0;
    std::thread thread([&] {
      id = ::gettid();
      said = sender.Send(Bytes(1), 0, Deadline::Never());
    });
    WaitUntilAsleep([&] { return id.load(); });
    event();
    thread.join();
    return said;
  }

  bool is_abstract() const { return GetParam().name.ends_with("abstract"); }
  RawAddress Address() const {
    RawAddress address;
    address.name.sun_family = AF_UNIX;
    const std::string text =
        is_abstract() ? "ipc_hammer/" + name_.text : folder_.path() + "/" + name_.text + ".sock";
    std::memcpy(address.name.sun_path + (is_abstract() ? 1 : 0), text.data(), text.size());
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
    return address;
  }
  static FileDescriptor NewRawSocket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  }
  void SendRaw(std::size_t size) const {
    const Bytes message(size);
    const RawAddress address = Address();
    EXPECT_EQ(::sendto(NewRawSocket().get(), message.data(), size, 0, address.get(), address.size),
              static_cast<ssize_t>(size));
  }

  ScratchFolder folder_;
  ChannelName name_{.text = "dgram" + std::to_string(std::random_device{}()),
                    .folder = folder_.path()};
  Bytes buffer_ = Bytes(4096);
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> consumer_;
};

TEST_P(UnixDgramTest, TheQueueHoldsOneMessageMoreThanTheSystemSays) {
  std::size_t length = 0;
  std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> length;
  auto first = *Open();
  auto second = *Open();
  EXPECT_EQ(Fill(*first), length + 1);
  EXPECT_EQ(Fill(*second), 0u);
  EXPECT_TRUE(Receive());
  EXPECT_EQ(Fill(*second), 1u);
}

TEST_P(UnixDgramTest, EveryBlockedSenderGetsItsTurn) {
  auto filler = *Open();
  const std::size_t queued = Fill(*filler);
  constexpr std::size_t kSenders = 4;
  std::vector<std::unique_ptr<Endpoint>> senders;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kSenders; ++i) senders.push_back(*Open());
  for (const auto& sender : senders) {
    std::atomic<pid_t> id = 0;
    threads.emplace_back([&] {
      Endpoint& own = *sender;
      id = ::gettid();
      EXPECT_TRUE(own.Send(Bytes(2), 0, Deadline::Never()));
    });
    WaitUntilAsleep([&] { return id.load(); });
  }
  for (std::size_t i = 0; i < queued + kSenders; ++i) {
    EXPECT_TRUE(consumer_->Receive(buffer_, Deadline::Never()));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
}

TEST_P(UnixDgramTest, ASenderWhoseReceiverGoesIsToldForGood) {
  auto producer = *Open();
  auto other = *Open();
  Fill(*producer);
  const Result<std::size_t> said = BlockedSend(*producer, [&] { consumer_.reset(); });
  EXPECT_EQ(said.error().code, Errc::kPeerClosed);
  channel_.reset();
  SetUp();  // a successor of that name
  for (Endpoint* endpoint : {producer.get(), producer.get(), other.get()}) {
    EXPECT_EQ(endpoint->Send(Bytes(1), 0, Deadline::Now()).error().code, Errc::kPeerClosed);
  }
  Say(**Open(), 3);
  EXPECT_EQ(Receive()->size_bytes, 3u);
}

TEST_P(UnixDgramTest, AMessageAboveTheSizeIsCorruptAndNotCut) {
  auto producer = *Open();
  SendRaw(4097);
  Say(*producer, 4096);
  SendRaw(60000);
  SendRaw(0);
  EXPECT_EQ(ReceiveError(), Errc::kCorrupt);
  EXPECT_EQ(Receive()->size_bytes, 4096u);
  EXPECT_EQ(ReceiveError(), Errc::kCorrupt);
  EXPECT_EQ(Receive()->size_bytes, 0u);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
}

TEST_P(UnixDgramTest, DescriptorsThatAreSentAlongAreNotTaken) {
  const FileDescriptor stranger = NewRawSocket();
  const std::set<int> before = OpenDescriptors();
  RawAddress address = Address();
  std::byte packet{};
  iovec part{&packet, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))] = {};
  msghdr header{};
  header.msg_name = &address.name;
  header.msg_namelen = address.size;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(4 * sizeof(int));
  const std::vector<int> passed(4, stranger.get());
  std::memcpy(CMSG_DATA(rights), passed.data(), 4 * sizeof(int));
  ASSERT_EQ(::sendmsg(stranger.get(), &header, 0), 1);
  EXPECT_EQ(Receive()->size_bytes, 1u);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_P(UnixDgramTest, AQueueThatIsShorterThanPromisedIsNoSpace) {
  const int status = RunInChild([&] {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return kNotHere;
    std::ofstream length("/proc/sys/net/unix/max_dgram_qlen");
    if (!(length << 9 << std::flush)) return kNotHere;
    ChannelName name = name_;
    name.text += "short";
    const auto made = GetParam().create(name, {});
    return !made && made.error().code == Errc::kNoSpace ? 0 : 1;
  });
  if (status == kNotHere) GTEST_SKIP() << "the length cannot be set here";
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, UnixDgramTest, testing::Values(UnixDgram(), UnixDgramAbstract()),
                         [](const auto& kind) { return kind.param.name; });

// The other user is a child of ours under another id; only root can become one.
class UnixDgramAbstractTest : public UnixDgramTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    UnixDgramTest::SetUp();
  }
  static int AsAnother(const std::function<int()>& body) {
    return RunInChild([&] {
      if (::setuid(65534) != 0) return kNotHere;  // a user namespace with one user
      return body();
    });
  }
};

TEST_P(UnixDgramAbstractTest, AnotherUsersMessagesArePassedOver) {
  auto producer = *Open();
  const int status = AsAnother([&] {
    SendRaw(1);
    SendRaw(5000);
    return HasFailure() ? 1 : 0;
  });
  if (status == kNotHere) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(status, 0);
  Say(*producer, 7);
  EXPECT_EQ(AsAnother([&] {
              SendRaw(2);
              return HasFailure() ? 1 : 0;
            }),
            0);
  EXPECT_EQ(Receive()->size_bytes, 7u);
  EXPECT_EQ(ReceiveError(), Errc::kWouldBlock);
  EXPECT_EQ(consumer_->Receive(buffer_, Deadline::After(milliseconds(1))).error().code,
            Errc::kTimedOut);
}

TEST_P(UnixDgramAbstractTest, ProducerAndReceiverOfDifferentUsersDoNotMeet) {
  const int status = AsAnother([&] {
    const auto opened = Open();
    return !opened && opened.error().code == Errc::kPermission ? 0 : 1;
  });
  if (status == kNotHere) GTEST_SKIP() << "no second user here";
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, UnixDgramAbstractTest, testing::Values(UnixDgramAbstract()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace ipc_hammer
