// What is particular to a FIFO: the order of opening, ends of file, and its name.
#include "transports/pipe/fifo.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;
const Deadline kNow = Deadline::Now();

class FifoTest : public testing::Test {
 protected:
  FifoTest()
      : name_{.text = "fifo", .folder = folder_.path()}, path_(folder_.path() + "/fifo.fifo") {}

  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Result<std::unique_ptr<Endpoint>> Open(Role role, Deadline deadline = kNow) {
    return kind_.open(name_, role, options_, deadline);
  }
  // "5" for five bytes, or the error.
  static std::string Receive(Endpoint& consumer, Deadline deadline = kNow) {
    Bytes buffer(64);
    const Result<Received> got = consumer.Receive(buffer, deadline);
    return got ? std::to_string(got->size_bytes) : std::string(ToString(got.error().code));
  }
  static std::string Send(Endpoint& producer, std::size_t size) {
    const Result<std::size_t> sent = producer.Send(Bytes(size), 0, kNow);
    return sent ? std::to_string(*sent) : std::string(ToString(sent.error().code));
  }

  ScratchFolder folder_;
  TransportKind kind_ = Fifo();
  ChannelName name_;
  Options options_;
  std::string path_;
};

TEST_F(FifoTest, AProducerWaitsUntilSomebodyReads) {
  const auto channel = Create().value();
  channel->Detach();
  EXPECT_EQ(Open(Role::kProducer).error().code, Errc::kWouldBlock);
  EXPECT_EQ(channel->Attach(Role::kProducer, kNow).error().code, Errc::kWouldBlock);
  const std::int64_t begin = MonotonicNs();
  EXPECT_EQ(Open(Role::kProducer, Deadline::After(milliseconds(12))).error().code, Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - begin, 12'000'000);

  std::atomic<pid_t> id = 0;
  std::thread waiter([&] {
    id = ::gettid();
    const auto producer = Open(Role::kProducer, Deadline::Never()).value();
    EXPECT_EQ(Send(*producer, 3), "3");
  });
  WaitUntilAsleep([&] { return id.load(); });
  const auto consumer = Open(Role::kConsumer).value();
  EXPECT_EQ(Receive(*consumer, Deadline::Never()), "3");
  waiter.join();
}

TEST_F(FifoTest, WhatIsSentBeforeTheConsumerAndItsEndAreKeptByTheChannel) {
  const auto channel = Create().value();
  EXPECT_EQ(Send(*Open(Role::kProducer).value(), 4), "4");
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  EXPECT_EQ(Receive(*consumer), "4");
  EXPECT_EQ(Receive(*consumer), "peer_closed");
  EXPECT_EQ(Receive(*consumer), "would_block");
}

TEST_F(FifoTest, NoEndOfFileBeforeTheFirstProducer) {
  const auto channel = Create().value();
  const auto attached = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  EXPECT_EQ(Receive(*attached), "would_block");
  EXPECT_EQ(Receive(*attached, Deadline::After(milliseconds(5))), "timed_out");
  const auto opened = Open(Role::kConsumer).value();
  EXPECT_EQ(Receive(*opened), "would_block");
  EXPECT_EQ(Receive(*opened, Deadline::After(milliseconds(5))), "timed_out");
}

TEST_F(FifoTest, OneEndOfFileEachTimeTheLastProducerLeaves) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  for (int round = 0; round < 3; ++round) {
    auto first = Open(Role::kProducer).value();
    auto second = Open(Role::kProducer).value();
    EXPECT_EQ(Send(*first, 2), "2");
    first.reset();
    EXPECT_EQ(Receive(*consumer), "2");
    EXPECT_EQ(Receive(*consumer), "would_block");
    second.reset();
    EXPECT_EQ(Receive(*consumer, Deadline::Never()), "peer_closed");
    EXPECT_EQ(Receive(*consumer), "would_block");
  }
}

TEST_F(FifoTest, GapsThatNobodyLookedAtAreOneAndLoseNothing) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(*Open(Role::kProducer).value(), 1), "1");
  Open(Role::kProducer).value().reset();
  EXPECT_EQ(Receive(*consumer), "3");
  EXPECT_EQ(Receive(*consumer), "peer_closed");
  EXPECT_EQ(Receive(*consumer), "would_block");
}

// Every writer's bytes come, and the last end is told, however the looks of the reader and the
// comings and goings of the writers fall.
TEST_F(FifoTest, WritersThatComeAndGoWhileTheConsumerLooksLoseNothing) {
  constexpr std::size_t kRounds = 2000;
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  std::thread writers([&] {
    for (std::size_t i = 0; i < kRounds; ++i)
      EXPECT_EQ(Send(*Open(Role::kProducer).value(), 1), "1");
  });
  Bytes buffer(64);
  std::size_t received = 0;
  std::size_t ends = 0;
  bool at_end = false;
  while (received < kRounds || !at_end) {
    const Result<Received> got =
        consumer->Receive(buffer, Deadline::After(std::chrono::seconds(20)));
    at_end = !got;
    if (got) received += got->size_bytes;
    if (!got) ASSERT_EQ(got.error().code, Errc::kPeerClosed) << received;
    ends += at_end ? 1 : 0;
  }
  writers.join();
  EXPECT_EQ(received, kRounds);
  EXPECT_LE(ends, kRounds);
  EXPECT_EQ(Receive(*consumer), "would_block");
}

TEST_F(FifoTest, WithoutADescriptorTheEndIsToldLater) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  Open(Role::kProducer).value().reset();
  {
    const DescriptorLimit limit(0);
    EXPECT_EQ(Receive(*consumer), "no_space");
  }
  EXPECT_EQ(Receive(*consumer), "peer_closed");
}

TEST_F(FifoTest, AttachingAProducerWorksAfterUnlinkAndDetach) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  channel->Detach();
  ASSERT_TRUE(channel->Unlink());
  EXPECT_EQ(Open(Role::kProducer).error().code, Errc::kNotFound);
  EXPECT_EQ(Send(*channel->Attach(Role::kProducer, kNow).value(), 7), "7");
  EXPECT_EQ(Receive(*consumer), "7");
  EXPECT_EQ(Receive(*consumer), "peer_closed");
}

TEST_F(FifoTest, ModeIsExactUnderAnyUmask) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    for (const mode_t mode : {0600, 0640, 0666, 0777}) {
      options_.mode = mode;
      const mode_t before = ::umask(mask);
      const auto channel = Create();
      ::umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      struct stat made;
      ASSERT_EQ(::lstat(path_.c_str(), &made), 0);
      EXPECT_TRUE(S_ISFIFO(made.st_mode));
      EXPECT_EQ(made.st_mode & 07777, mode) << "umask " << mask;
    }
  }
}

// Somebody who does not know our locks may still wait for a reader of the old one.
TEST_F(FifoTest, ALeftoverIsReplacedWithoutBeingOpened) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  std::atomic<pid_t> id = 0;
  std::atomic<bool> opened = false;
  std::thread stranger([&] {
    const int place = ::open(path_.c_str(), O_PATH | O_CLOEXEC);
    const FileDescriptor keeper(place);
    const std::string link = "/proc/self/fd/" + std::to_string(place);
    id = ::gettid();
    const FileDescriptor end(::open(link.c_str(), O_WRONLY | O_CLOEXEC));
    opened = true;
  });
  WaitUntilAsleep([&] { return id.load(); });
  struct stat left;
  ASSERT_EQ(::lstat(path_.c_str(), &left), 0);
  const FileDescriptor old(::open(path_.c_str(), O_PATH | O_CLOEXEC));
  const auto channel = Create();
  ASSERT_TRUE(channel) << ToString(channel.error());
  struct stat made;
  ASSERT_EQ(::lstat(path_.c_str(), &made), 0);
  EXPECT_NE(made.st_ino, left.st_ino);
  EXPECT_FALSE(opened.load());
  const std::string link = "/proc/self/fd/" + std::to_string(old.get());
  const FileDescriptor reader(::open(link.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  stranger.join();
}

TEST_F(FifoTest, LeftoversOfAnyModeAreTakenOverAndOtherTypesAreNotOpened) {
  for (const mode_t mode : {0000, 0200, 0400, 0600}) {
    ASSERT_EQ(::mkfifo(path_.c_str(), mode), 0);
    EXPECT_TRUE(Create()) << mode;
  }
  const FileDescriptor file(::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  EXPECT_EQ(Create().error().code, Errc::kExists);
  EXPECT_EQ(Open(Role::kProducer).error().code, Errc::kCorrupt);
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kExists);
  EXPECT_EQ(::unlink(path_.c_str()), 0);
}

// Only a root with more than one user can plant a FIFO of another's.
TEST_F(FifoTest, AnotherUsersFifoIsRefused) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0666), 0);
  if (::chown(path_.c_str(), 1234, 1234) != 0) return;
  EXPECT_EQ(Create().error().code, Errc::kPermission);
  EXPECT_EQ(Open(Role::kProducer).error().code, Errc::kPermission);
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kPermission);
}

TEST_F(FifoTest, OnlyTheCreatorRemovesTheName) {
  auto channel = Create().value();
  EXPECT_EQ(RunInChild([&] {
              const bool refused = channel->Unlink().error().code == Errc::kPermission;
              channel.reset();
              return refused ? 0 : 1;
            }),
            0);
  EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  channel.reset();
  EXPECT_EQ(::access(path_.c_str(), F_OK), 0) << "another FIFO was removed";
}

}  // namespace
}  // namespace ipc_hammer
