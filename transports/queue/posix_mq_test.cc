#include "transports/queue/posix_mq.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
const Deadline kNow = Deadline::Now();

// A name of this test's own; nothing of it may be left at the end.
class PosixMqTest : public testing::Test {
 protected:
  PosixMqTest() {
    name_.text = "mq_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    queue_ = "/" + name_.text;
    options_.message_size_bytes = 64;
    options_.capacity_messages = 3;
  }
  ~PosixMqTest() override {
    EXPECT_NE(mq_unlink(queue_.c_str()), 0) << "the queue is left";
    EXPECT_NE(access(("/dev/shm/" + name_.text + ".posix_mq.lock").c_str(), F_OK), 0);
  }

  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Errc CreateError() {
    Result<std::unique_ptr<Channel>> channel = Create();
    return channel ? Errc::kWouldBlock : channel.error().code;  // kWouldBlock: it was created
  }
  Errc OpenError() {
    Result<std::unique_ptr<Endpoint>> end = kind_.open(name_, Role::kConsumer, options_, kNow);
    return end ? Errc::kWouldBlock : end.error().code;
  }
  Result<Received> Receive(Endpoint& end, Deadline deadline = kNow) {
    return end.Receive(buffer_, deadline);
  }

  TransportKind kind_ = PosixMq();
  ChannelName name_;
  Options options_;
  std::string queue_;
  std::byte buffer_[64];
};

TEST_F(PosixMqTest, PrioritiesUpToTheLimit) {
  const auto channel = Create().value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  for (const std::uint32_t priority : {0u, 32767u, 7u}) {
    EXPECT_TRUE(producer->Send({}, priority, kNow));
  }
  EXPECT_EQ(producer->Send({}, 32768, kNow).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kWouldBlock);
  for (const std::uint32_t priority : {32767u, 7u, 0u}) {
    EXPECT_EQ(Receive(*consumer).value().priority, priority);
  }
}

TEST_F(PosixMqTest, LivingOwnersQueueIsRefusedDeadOwnersTakenOver) {
  {
    const auto channel = Create().value();
    EXPECT_EQ(CreateError(), Errc::kExists);
    EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kExists);
  }
  const auto die_with_a_message = [this] {
    Channel* channel = Create().value().release();
    (void)channel->Attach(Role::kProducer, kNow).value().release()->Send({}, 0, kNow);
    return raise(SIGKILL);
  };
  EXPECT_EQ(RunInChild(die_with_a_message), -SIGKILL);
  {
    const auto successor = Create().value();
    EXPECT_EQ(Receive(*successor->Attach(Role::kConsumer, kNow).value()).error().code,
              Errc::kWouldBlock)
        << "the dead owner's message is delivered";
  }
  EXPECT_EQ(RunInChild(die_with_a_message), -SIGKILL);
  EXPECT_TRUE(kind_.unlink(name_));
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kNotFound);
}

TEST_F(PosixMqTest, LeftoversOfAnyModeAndShapeAreTakenOver) {
  for (const mode_t mode : {0000, 0400, 0600}) {
    mq_attr attr{};
    attr.mq_maxmsg = 1;
    attr.mq_msgsize = 1;
    const mqd_t left = mq_open(queue_.c_str(), O_CREAT | O_EXCL | O_RDWR, mode, &attr);
    ASSERT_GE(left, 0);
    mq_close(left);
    EXPECT_EQ(CreateError(), Errc::kWouldBlock) << mode;
  }
}

// Only a root with more than one user can plant a queue of another's.
TEST_F(PosixMqTest, AnotherUsersQueueIsRefused) {
  const mqd_t left = mq_open(queue_.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, nullptr);
  ASSERT_GE(left, 0);
  if (fchown(left, 1234, 1234) == 0) {
    EXPECT_EQ(CreateError(), Errc::kPermission);
    EXPECT_EQ(OpenError(), Errc::kPermission);
    EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kPermission);
  }
  mq_close(left);
  mq_unlink(queue_.c_str());
}

TEST_F(PosixMqTest, ModeIsExactUnderAnyUmask) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    for (const mode_t mode : {0000, 0400, 0600, 0640, 0666}) {
      options_.mode = mode;
      const mode_t before = umask(mask);
      const auto channel = Create();
      umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      const mqd_t mqd = mq_open(queue_.c_str(), O_RDONLY);
      if (mqd < 0) continue;  // not root, and a mode that refuses the owner
      struct stat status;
      fstat(mqd, &status);
      mq_close(mqd);
      EXPECT_EQ(status.st_mode & 07777, mode) << "umask " << mask;
    }
  }
}

TEST_F(PosixMqTest, QuotaAndLimitsAreClearErrors) {
  options_.capacity_messages = 11;
  EXPECT_EQ(CreateError(), Errc::kTooLarge);
  options_.capacity_messages = 1;
  options_.message_size_bytes = 8193;
  EXPECT_EQ(CreateError(), Errc::kTooLarge);
  options_.message_size_bytes = 64;
  EXPECT_EQ(RunInChild([this] {
              const rlimit none{};
              setrlimit(RLIMIT_MSGQUEUE, &none);
              return CreateError() == Errc::kNoSpace || geteuid() == 0 ? 0 : 1;
            }),
            0);
  const DescriptorLimit limit(0);
  EXPECT_EQ(CreateError(), Errc::kNoSpace);
}

TEST_F(PosixMqTest, TooSmallBufferIsRefusedWhateverIsQueued) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  std::byte small[63];
  EXPECT_EQ(consumer->Receive(small, kNow).error().code, Errc::kTooLarge);
}

TEST_F(PosixMqTest, AttachWorksAfterUnlinkInAForkedChildAndForAnyMode) {
  options_.mode = 0;
  const auto channel = Create().value();
  EXPECT_TRUE(channel->Unlink());
  EXPECT_TRUE(channel->Unlink());
  EXPECT_EQ(OpenError(), Errc::kNotFound);
  EXPECT_EQ(RunInChild([&] {
              channel->Detach();
              const auto producer = channel->Attach(Role::kProducer, kNow).value();
              return producer->Send({}, 0, kNow) ? 0 : 1;
            }),
            0);
  EXPECT_TRUE(Receive(*channel->Attach(Role::kConsumer, kNow).value()));
}

TEST_F(PosixMqTest, AChildsExitRemovesNothing) {
  auto channel = Create().value();
  EXPECT_EQ(RunInChild([&] {
              const bool is_refused = channel->Unlink().error().code == Errc::kPermission;
              channel.reset();
              return is_refused ? 0 : 1;
            }),
            0);
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
  EXPECT_EQ(CreateError(), Errc::kExists);
}

TEST_F(PosixMqTest, DoesNotTimeOutEarly) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  const std::int64_t start = MonotonicNs();
  EXPECT_EQ(Receive(*consumer, Deadline::After(milliseconds(20))).error().code, Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - start, 20'000'000);
}

// Both are told by poll that there is a message; the slower one has to go on waiting.
TEST_F(PosixMqTest, TwoConsumersShareEveryMessage) {
  const auto channel = Create().value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  std::atomic<int> received = 0;
  std::vector<std::unique_ptr<Endpoint>> consumers;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    consumers.push_back(channel->Attach(Role::kConsumer, kNow).value());
    threads.emplace_back([&received, &end = *consumers.back()] {
      std::byte buffer[64];
      for (;;) {
        const Result<Received> got = end.Receive(buffer, Deadline::Never());
        if (got) {
          ++received;
          continue;
        }
        EXPECT_EQ(got.error().code, Errc::kClosed);
        return;
      }
    });
  }
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(producer->Send({}, 0, Deadline::Never()));
    while (received.load() <= i) std::this_thread::yield();
  }
  for (const auto& consumer : consumers) (void)consumer->CloseDirection(Direction::kReceive);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(received.load(), 500);
}

}  // namespace
}  // namespace ipc_hammer
