#include "transports/semaphore/sem_posix.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "transports/semaphore/token_endpoint.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
const Deadline kNow = Deadline::Now();

// A name of this test's own; nothing of it may be left at the end.
class SemPosixTest : public testing::Test {
 protected:
  SemPosixTest() {
    name_.text = "sem_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    path_ = "/dev/shm/sem." + name_.text;
  }
  ~SemPosixTest() override {
    EXPECT_NE(access(path_.c_str(), F_OK), 0) << "the semaphore is left";
    EXPECT_NE(access(("/dev/shm/" + name_.text + ".sem_posix.lock").c_str(), F_OK), 0);
  }

  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  std::unique_ptr<Endpoint> Open(Role role) {
    return kind_.open(name_, role, options_, kNow).value();
  }
  Errc CreateError() {
    Result<std::unique_ptr<Channel>> channel = Create();
    return channel ? Errc::kWouldBlock : channel.error().code;  // kWouldBlock: it was created
  }
  Errc OpenError() {
    Result<std::unique_ptr<Endpoint>> end = kind_.open(name_, Role::kConsumer, options_, kNow);
    return end ? Errc::kWouldBlock : end.error().code;
  }
  static Errc Take(Endpoint& end, Deadline deadline = kNow) {
    const Result<Received> taken = end.Receive({}, deadline);
    return taken ? Errc::kExists : taken.error().code;  // kExists: there was one
  }

  TransportKind kind_ = SemPosix();
  ChannelName name_;
  Options options_;
  std::string path_;
};

TEST_F(SemPosixTest, StartsEmptyAndCounts) {
  const auto channel = Create().value();
  const auto producer = Open(Role::kProducer);
  const auto consumer = Open(Role::kConsumer);
  EXPECT_EQ(Take(*consumer), Errc::kWouldBlock);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(producer->Send({}, 0, kNow).value(), 0u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Take(*consumer), Errc::kExists);
  EXPECT_EQ(Take(*consumer), Errc::kWouldBlock);
  const std::byte payload[1] = {};
  EXPECT_EQ(producer->Send(payload, 0, kNow).error().code, Errc::kTooLarge);
}

// It is a real named semaphore: what the C library makes of it and what we do are the same.
TEST_F(SemPosixTest, IsTheCLibrarysSemaphore) {
  const auto channel = Create().value();
  sem_t* sem = sem_open(("/" + name_.text).c_str(), 0);
  ASSERT_NE(sem, SEM_FAILED);
  EXPECT_EQ(sem_post(sem), 0);
  EXPECT_EQ(Take(*Open(Role::kConsumer)), Errc::kExists);
  EXPECT_TRUE(Open(Role::kProducer)->Send({}, 0, kNow));
  EXPECT_EQ(sem_trywait(sem), 0);
  sem_close(sem);
}

TEST_F(SemPosixTest, OneTokenTooManyIsTooLarge) {
  const auto channel = Create().value();
  const unsigned value_max = SEM_VALUE_MAX;  // the first word of a sem_t is its value
  const int fd = open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(pwrite(fd, &value_max, sizeof value_max, 0), 4);
  close(fd);
  const auto producer = Open(Role::kProducer);
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kTooLarge);
  EXPECT_EQ(Take(*Open(Role::kConsumer)), Errc::kExists);
  EXPECT_TRUE(producer->Send({}, 0, kNow));
}

TEST_F(SemPosixTest, ClosingOneEndpointLeavesTheOthersAlone) {
  auto channel = Create().value();
  const auto producer = Open(Role::kProducer);
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  for (int i = 0; i < 3; ++i) Open(Role::kConsumer).reset();
  channel.reset();
  EXPECT_TRUE(producer->Send({}, 0, kNow));
  EXPECT_EQ(Take(*consumer), Errc::kExists);
}

TEST_F(SemPosixTest, LivingOwnersNameIsRefusedDeadOwnersTakenOver) {
  {
    const auto channel = Create().value();
    EXPECT_EQ(CreateError(), Errc::kExists);
    EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kExists);
  }
  const auto die_with_a_token = [this] {
    Channel* channel = Create().value().release();
    (void)channel->Attach(Role::kProducer, kNow).value().release()->Send({}, 0, kNow);
    return raise(SIGKILL);
  };
  EXPECT_EQ(RunInChild(die_with_a_token), -SIGKILL);
  {
    const auto successor = Create().value();
    EXPECT_EQ(Take(*Open(Role::kConsumer)), Errc::kWouldBlock) << "a dead owner's token is left";
  }
  EXPECT_EQ(RunInChild(die_with_a_token), -SIGKILL);
  EXPECT_TRUE(kind_.unlink(name_));
  EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kNotFound);
}

TEST_F(SemPosixTest, LeftoversOfAnySizeAreCorruptToOpenAndTakenOverByCreate) {
  for (const off_t size : {off_t{0}, off_t{1}, off_t{sizeof(sem_t)} - 1, off_t{4096}}) {
    const int fd = open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_EQ(ftruncate(fd, size), 0);
    close(fd);
    EXPECT_EQ(OpenError(), Errc::kCorrupt) << size;
    EXPECT_EQ(CreateError(), Errc::kWouldBlock) << size;
  }
}

TEST_F(SemPosixTest, ModeIsExactUnderAnyUmask) {
  for (const mode_t mask : {0000, 0077, 0777}) {
    for (const mode_t mode : {0600, 0640, 0666}) {
      options_.mode = mode;
      const mode_t before = umask(mask);
      const auto channel = Create();
      umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      struct stat status;
      ASSERT_EQ(lstat(path_.c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, mode) << "umask " << mask;
    }
  }
}

TEST_F(SemPosixTest, DoesNotTimeOutEarly) {
  const auto channel = Create().value();
  const auto consumer = Open(Role::kConsumer);
  for (const milliseconds wait : {milliseconds(20), kTokenSlice + milliseconds(20)}) {
    const std::int64_t start = MonotonicNs();
    EXPECT_EQ(Take(*consumer, Deadline::After(wait)), Errc::kTimedOut);
    EXPECT_GE(MonotonicNs() - start, std::chrono::nanoseconds(wait).count());
  }
}

TEST_F(SemPosixTest, ABlockedReceiveNoticesThatItsDirectionWasClosed) {
  const auto channel = Create().value();
  const auto consumer = Open(Role::kConsumer);
  std::thread blocked([&] { EXPECT_EQ(Take(*consumer, Deadline::Never()), Errc::kClosed); });
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
  blocked.join();
}

// kill -9 of posters and waiters at random moments: who is left never sleeps beside a token.
TEST_F(SemPosixTest, SleepersOutliveTheirNeighbours) {
  std::mt19937 random(4);
  const auto channel = Create().value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  for (int round = 0; round < 12; ++round) {
    const auto forever = [&](Role role) {
      return ForkChild([&channel, role]() -> int {
        const auto end = channel->Attach(role, kNow).value();
        for (;;) {
          if (role == Role::kConsumer) (void)end->Receive({}, Deadline::Never());
          if (role == Role::kProducer) (void)end->Send({}, 0, kNow);
          if (role == Role::kProducer) std::this_thread::yield();  // so that consumers sleep
        }
      });
    };
    const pid_t children[] = {forever(Role::kConsumer), forever(Role::kConsumer),
                              forever(Role::kProducer)};
    for (unsigned i = random() % 50; i > 0; --i) std::this_thread::yield();
    for (const pid_t child : {children[0], children[2]}) {
      kill(child, SIGKILL);
      EXPECT_EQ(WaitForExit(child), -SIGKILL);
    }
    // There is a token: the consumer that is left takes one.
    sem_t* sem = sem_open(("/" + name_.text).c_str(), 0);
    int before = 0;
    int value = 0;
    ASSERT_EQ(sem_getvalue(sem, &before), 0);
    ASSERT_TRUE(producer->Send({}, 0, kNow));
    do {
      ASSERT_EQ(sem_getvalue(sem, &value), 0);
      std::this_thread::yield();
    } while (value > before);
    // None may be left for the next round, or nobody would sleep in it.
    while (sem_trywait(sem) == 0) continue;
    sem_close(sem);
    kill(children[1], SIGKILL);
    EXPECT_EQ(WaitForExit(children[1]), -SIGKILL);
  }
}

}  // namespace
}  // namespace ipc_hammer
