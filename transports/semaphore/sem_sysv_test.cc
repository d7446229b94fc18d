#include "transports/semaphore/sem_sysv.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "transports/sys/sysv_key.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();
constexpr std::size_t kSemvmx = 32767;

union SemctlArgument {
  int value;
  semid_ds* status;
};

// A name of this test's own; nothing of it may be left at the end.
class SemSysvTest : public testing::Test {
 protected:
  SemSysvTest() {
    name_.text = "sysv_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    key_ = SysvKey("sem_sysv", name_.text);
  }
  ~SemSysvTest() override {
    EXPECT_EQ(Find(), -1) << "the set is left";
    EXPECT_EQ(semget(key_ | 1 << 30, 0, 0), -1) << "the owner's set is left";
  }

  int Find() const { return semget(key_, 0, 0); }
  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Errc CreateError() {
    Result<std::unique_ptr<Channel>> channel = Create();
    return channel ? Errc::kClosed : channel.error().code;  // kClosed: it was created
  }
  std::unique_ptr<Endpoint> Open(Role role) {
    return kind_.open(name_, role, options_, kNow).value();
  }
  Errc OpenError(Deadline deadline = kNow) {
    Result<std::unique_ptr<Endpoint>> end = kind_.open(name_, Role::kConsumer, options_, deadline);
    return end ? Errc::kClosed : end.error().code;
  }
  static Errc Take(Endpoint& end) {
    const Result<Received> taken = end.Receive({}, kNow);
    return taken ? Errc::kExists : taken.error().code;  // kExists: there was one
  }

  TransportKind kind_ = SemSysv();
  ChannelName name_;
  Options options_;
  key_t key_;
};

TEST_F(SemSysvTest, TheKernelsLimitIsTheLargestCapacityAndExact) {
  options_.capacity_messages = kSemvmx + 1;
  EXPECT_EQ(CreateError(), Errc::kTooLarge);
  options_.capacity_messages = kSemvmx;
  const auto channel = Create().value();
  const auto producer = Open(Role::kProducer);
  const auto consumer = Open(Role::kConsumer);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < kSemvmx; ++i) ASSERT_TRUE(producer->Send({}, 0, kNow)) << i;
    EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kWouldBlock);
    for (std::size_t i = 0; i < kSemvmx; ++i) ASSERT_EQ(Take(*consumer), Errc::kExists) << i;
    EXPECT_EQ(Take(*consumer), Errc::kWouldBlock);
  }
}

TEST_F(SemSysvTest, ModeIsExactUnderAnyUmaskAndTheOwnersSetIsPrivate) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    for (const mode_t mode : {0600, 0640, 0660, 0666}) {
      options_.mode = mode;
      const mode_t before = umask(mask);
      const auto channel = Create();
      umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      semid_ds status{};
      ASSERT_EQ(semctl(Find(), 0, IPC_STAT, SemctlArgument{.status = &status}), 0);
      EXPECT_EQ(status.sem_perm.mode & 0777, mode) << "umask " << mask;
    }
  }
}

// A token that a dead process has moved stays moved: nothing is undone.
TEST_F(SemSysvTest, TokensOfTheDeadNeitherComeBackNorVanish) {
  const auto channel = Create().value();
  const auto in_child = [this](Role role) {
    return RunInChild([this, role] {
      const auto end = Open(role);
      const bool moved = role == Role::kProducer ? end->Send({}, 0, kNow).has_value()
                                                 : end->Receive({}, kNow).has_value();
      return moved ? raise(SIGKILL) : 1;
    });
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(in_child(Role::kProducer), -SIGKILL);
  EXPECT_EQ(in_child(Role::kConsumer), -SIGKILL);
  const auto consumer = Open(Role::kConsumer);
  EXPECT_EQ(Take(*consumer), Errc::kExists);
  EXPECT_EQ(Take(*consumer), Errc::kExists);
  EXPECT_EQ(Take(*consumer), Errc::kWouldBlock);
}

TEST_F(SemSysvTest, AnOpenerWaitsUntilTheSetIsReady) {
  // A creator that died, or is just now, between making and filling the set.
  const int set = semget(key_, 3, IPC_CREAT | IPC_EXCL | 0600);
  ASSERT_GE(set, 0);
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
  EXPECT_EQ(OpenError(Deadline::After(std::chrono::milliseconds(5))), Errc::kTimedOut);
  std::atomic<pid_t> id = 0;
  std::thread opener([&] {
    id = gettid();
    EXPECT_EQ(OpenError(Deadline::Never()), Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  sembuf made_ready[] = {{1, 8, 0}, {2, 0x6970, 0}};
  EXPECT_EQ(semop(set, made_ready, 2), 0);
  opener.join();
  EXPECT_TRUE(kind_.unlink(name_));
}

TEST_F(SemSysvTest, EveryLeftoverIsTakenOver) {
  for (const int semaphores : {1, 2, 3, 4}) {
    for (const int value : {0, 1, static_cast<int>(kSemvmx)}) {
      const int set = semget(key_, semaphores, IPC_CREAT | IPC_EXCL | 0600);
      ASSERT_GE(set, 0);
      for (unsigned short i = 0; value != 0 && i < semaphores; ++i) {
        sembuf fill = {i, static_cast<short>(value), 0};
        ASSERT_EQ(semop(set, &fill, 1), 0);
      }
      EXPECT_EQ(OpenError(), semaphores == 3 && value == 0 ? Errc::kWouldBlock : Errc::kCorrupt);
      const auto channel = Create();
      ASSERT_TRUE(channel) << ToString(channel.error());
      EXPECT_NE(Find(), set);
      EXPECT_EQ(Take(*Open(Role::kConsumer)), Errc::kWouldBlock);
    }
  }
}

TEST_F(SemSysvTest, ARemovedSetIsAClearErrorForWhoWaitsAndWhoComesLater) {
  auto channel = Create().value();
  const auto consumer = Open(Role::kConsumer);
  std::atomic<pid_t> id = 0;
  std::thread blocked([&] {
    id = gettid();
    const Error error = consumer->Receive({}, Deadline::Never()).error();
    EXPECT_EQ(error.code, Errc::kPeerClosed);
    EXPECT_EQ(error.sys_errno, EIDRM);
  });
  WaitUntilAsleep([&] { return id.load(); });
  channel.reset();
  blocked.join();
  EXPECT_EQ(Take(*consumer), Errc::kPeerClosed);
  EXPECT_EQ(OpenError(), Errc::kNotFound);
}

TEST_F(SemSysvTest, ASuccessorsSetIsLeftAlone) {
  auto channel = Create().value();
  ASSERT_EQ(semctl(Find(), 0, IPC_RMID), 0);
  const int successor = semget(key_, 1, IPC_CREAT | IPC_EXCL | 0600);
  channel.reset();
  EXPECT_EQ(Find(), successor);
  semctl(successor, 0, IPC_RMID);
}

TEST_F(SemSysvTest, ValuesThatNobodyOfOursCanMakeAreCorrupt) {
  const auto channel = Create().value();
  const auto producer = Open(Role::kProducer);
  for (const unsigned short semaphore : {0, 1}) {
    ASSERT_EQ(semctl(Find(), semaphore, SETVAL, SemctlArgument{.value = kSemvmx}), 0);
  }
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kCorrupt);
  EXPECT_EQ(Take(*Open(Role::kConsumer)), Errc::kCorrupt);
}

}  // namespace
}  // namespace ipc_hammer
