// What the battery cannot see: modes, leftovers of every state, and a lock that comes back.
#include "transports/shared_memory/sysv/shm_sysv.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include "transports/shared_memory/message_ring.h"
#include "transports/shared_memory/sysv/sysv_ring_objects.h"
#include "transports/sys/mapping.h"
#include "transports/sys/sysv_key.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();
constexpr int kNoOther = 77;

// A name of this test's own; nothing is under its key at the end.
class ShmSysvTest : public testing::Test {
 protected:
  ShmSysvTest() {
    name_.text = "sysv_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    key_ = SysvKey("shm_sysv", name_.text);
  }
  ~ShmSysvTest() override {
    EXPECT_LT(Segment(), 0) << "a segment is left";
    EXPECT_LT(Set(), 0) << "a semaphore set is left";
    EXPECT_TRUE(SysvOwner::Claim("shm_sysv", name_.text)) << "an owner is left";
  }

  int Segment() const { return shmget(key_, 0, 0); }
  int Set() const { return semget(key_, 0, 0); }
  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Errc CreateError() {
    const auto channel = Create();
    return channel ? Errc::kWouldBlock : channel.error().code;  // kWouldBlock: it was created
  }
  Errc OpenError() {
    const auto end = kind_.open(name_, Role::kConsumer, options_, kNow);
    return end ? Errc::kWouldBlock : end.error().code;
  }
  void ExpectTakeover(std::string_view what) {
    const auto channel = Create();
    ASSERT_TRUE(channel) << what << ": " << ToString(channel.error());
    const auto producer = kind_.open(name_, Role::kProducer, options_, kNow).value();
    const auto consumer = kind_.open(name_, Role::kConsumer, options_, kNow).value();
    std::array<std::byte, 4096> buffer;
    EXPECT_EQ(consumer->Receive(buffer, kNow).error().code, Errc::kWouldBlock) << what;
    EXPECT_TRUE(producer->Send({}, 0, kNow)) << what;
    EXPECT_TRUE(consumer->Receive(buffer, kNow)) << what;
  }

  TransportKind kind_ = ShmSysv();
  ChannelName name_;
  Options options_;
  key_t key_ = 0;
};

TEST_F(ShmSysvTest, ModeIsExactUnderAnyUmaskAndLetsTheOwnerIn) {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    for (const mode_t mode : {0600, 0640, 0660, 0666, 0777}) {
      options_.mode = mode;
      const mode_t before = umask(mask);
      const auto channel = Create();
      umask(before);
      ASSERT_TRUE(channel) << ToString(channel.error());
      shmid_ds segment{};
      ASSERT_EQ(shmctl(Segment(), IPC_STAT, &segment), 0);
      EXPECT_EQ(segment.shm_perm.mode & 0777, mode) << std::oct << mask;
      semid_ds set{};
      ASSERT_EQ(semctl(Set(), 0, IPC_STAT, &set), 0);
      EXPECT_EQ(set.sem_perm.mode & 0777, mode) << std::oct << mask;
    }
  }
  for (const mode_t mode : {0000, 0066, 0400, 0200}) {
    options_.mode = mode;
    EXPECT_EQ(CreateError(), Errc::kInvalidArgument) << std::oct << mode;
  }
}

TEST_F(ShmSysvTest, EveryStateThatADeadOwnerCanLeaveIsTakenOver) {
  const RingGeometry geometry =
      RingGeometryFor(options_.capacity_messages, options_.message_size_bytes).value();
  struct {
    const char* what;
    std::size_t segment_bytes;  // 0: none
    int semaphores;             // 0: none
    Errc opened;
  } const states[] = {{"a segment alone", geometry.size_bytes, 0, Errc::kNotFound},
                      {"a set alone", 0, 1, Errc::kNotFound},
                      {"zeroes", geometry.size_bytes, 1, Errc::kCorrupt},
                      {"a short segment", 1, 1, Errc::kCorrupt},
                      {"a larger set", geometry.size_bytes, 7, Errc::kCorrupt}};
  for (const auto& state : states) {
    if (state.segment_bytes > 0) {
      ASSERT_GE(shmget(key_, state.segment_bytes, IPC_CREAT | IPC_EXCL | 0600), 0);
    }
    if (state.semaphores > 0) {
      ASSERT_GE(semget(key_, state.semaphores, IPC_CREAT | IPC_EXCL | 0600), 0);
    }
    EXPECT_EQ(OpenError(), state.opened) << state.what;
    ExpectTakeover(state.what);
  }
}

TEST_F(ShmSysvTest, AHeaderThatSaysSomethingElseIsCorrupt) {
  const auto channel = Create();
  ASSERT_TRUE(channel);
  const Mapping segment = Mapping::Segment(Segment()).value();
  std::array<std::byte, sizeof(RingHeader)> good;
  std::memcpy(good.data(), segment.data(), good.size());
  for (const std::size_t at : {std::size_t{0}, offsetof(RingHeader, version),
                               offsetof(RingHeader, layout), offsetof(RingHeader, geometry)}) {
    segment.data()[at] ^= std::byte{1};
    EXPECT_EQ(OpenError(), Errc::kCorrupt) << at;
    std::memcpy(segment.data(), good.data(), good.size());
  }
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
}

// A process that dies inside lets go of the lock, and whoever comes next is not kept waiting.
TEST_F(ShmSysvTest, AHoldersDeathGivesTheLockBack) {
  const auto channel = Create();
  ASSERT_TRUE(channel);
  const auto producer = (*channel)->Attach(Role::kProducer, kNow).value();
  EXPECT_EQ(RunInChild([this] {
              sembuf take[] = {{.sem_num = 0, .sem_op = 0, .sem_flg = 0},
                               {.sem_num = 0, .sem_op = 1, .sem_flg = SEM_UNDO}};
              return semop(Set(), take, 2) == 0 ? raise(SIGKILL) : 1;
            }),
            -SIGKILL);
  EXPECT_TRUE(producer->Send({}, 0, kNow));
}

TEST_F(ShmSysvTest, ALockThatIsKeptFromUsEndsAtTheDeadline) {
  const auto channel = Create();
  ASSERT_TRUE(channel);
  const auto producer = (*channel)->Attach(Role::kProducer, kNow).value();
  ASSERT_EQ(semctl(Set(), 0, SETVAL, 1), 0);
  EXPECT_EQ(producer->Send({}, 0, Deadline::After(std::chrono::milliseconds(1))).error().code,
            Errc::kTimedOut);
  ASSERT_EQ(semctl(Set(), 0, SETVAL, 0), 0);
  EXPECT_TRUE(producer->Send({}, 0, kNow));
}

TEST_F(ShmSysvTest, WhatSomebodyRemovedIsCorruptAndTheNextOneIsAnothers) {
  auto old_channel = Create().value();
  const auto producer = old_channel->Attach(Role::kProducer, kNow).value();
  ASSERT_EQ(semctl(Set(), 0, IPC_RMID), 0);
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kCorrupt);
  EXPECT_EQ(OpenError(), Errc::kNotFound);
  ASSERT_EQ(shmctl(Segment(), IPC_RMID, nullptr), 0);
  const int successor = shmget(key_, 4096, IPC_CREAT | IPC_EXCL | 0600);
  old_channel.reset();
  EXPECT_EQ(Segment(), successor) << "the old owner removed what is not its own";
  shmctl(successor, IPC_RMID, nullptr);
}

// Only a root with more than one user can become another.
TEST_F(ShmSysvTest, AnotherUsersObjectsAreRefusedAndLeft) {
  const int planted = shmget(key_, 4096, IPC_CREAT | IPC_EXCL | 0666);
  ASSERT_GE(planted, 0);
  const int said = RunInChild([this] {
    if (setresgid(1234, 1234, 1234) != 0 || setresuid(1234, 1234, 1234) != 0) return kNoOther;
    return static_cast<int>(CreateError());
  });
  EXPECT_EQ(Segment(), planted);
  shmctl(planted, IPC_RMID, nullptr);
  if (said == kNoOther) GTEST_SKIP() << "there is no second user";
  EXPECT_EQ(said, static_cast<int>(Errc::kPermission));
}

}  // namespace
}  // namespace ipc_hammer
