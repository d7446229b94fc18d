// What is particular to a System V message queue: types, its own capacity, removal, the key.
#include "transports/queue/sysv_msg.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "transports/sys/sysv_key.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using Bytes = std::vector<std::byte>;
const Deadline kNow = Deadline::Now();

// A name of this test's own; nothing of it may be left at the end.
class SysvMsgTest : public testing::Test {
 protected:
  SysvMsgTest() {
    name_.text = "msg_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
    key_ = SysvKey("sysv_msg", name_.text);
    options_.message_size_bytes = 64;
  }
  ~SysvMsgTest() override { EXPECT_EQ(msgget(key_, 0), -1) << "the queue is left"; }

  Result<std::unique_ptr<Channel>> Create() { return kind_.create(name_, options_); }
  Errc CreateError() {
    Result<std::unique_ptr<Channel>> channel = Create();
    return channel ? Errc::kWouldBlock : channel.error().code;  // kWouldBlock: it was created
  }
  Errc OpenError() {
    Result<std::unique_ptr<Endpoint>> end = kind_.open(name_, Role::kConsumer, options_, kNow);
    return end ? Errc::kWouldBlock : end.error().code;
  }
  // "7" for a message of priority 7, or the error.
  std::string Receive(Endpoint& end, Deadline deadline = kNow) {
    const Result<Received> got = end.Receive(buffer_, deadline);
    return got ? std::to_string(got->priority) : std::string(ToString(got.error().code));
  }

  TransportKind kind_ = SysvMsg();
  ChannelName name_;
  Options options_;
  key_t key_;
  std::array<std::byte, 64> buffer_;
};

TEST_F(SysvMsgTest, PrioritiesAreTypesAndTheHighestComesFirst) {
  const auto channel = Create().value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  for (const std::uint32_t priority : {0U, 32767U, 7U}) {
    EXPECT_TRUE(producer->Send({}, priority, kNow));
  }
  EXPECT_EQ(producer->Send({}, 32768, kNow).error().code, Errc::kInvalidArgument);
  for (const char* priority : {"32767", "7", "0", "would_block"}) {
    EXPECT_EQ(Receive(*consumer), priority);
  }
}

TEST_F(SysvMsgTest, HoldsSoManyBytesAndSoManyMessagesAsTheKernelSays) {
  msginfo limits{};
  ASSERT_GE(msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&limits)), 0);
  const auto most = static_cast<std::size_t>(limits.msgmnb);
  ASSERT_GE(most, kind_.traits.floor_bytes);
  for (const std::size_t size : {std::size_t{64}, std::size_t{0}}) {
    const auto channel = Create().value();
    const auto producer = channel->Attach(Role::kProducer, kNow).value();
    std::size_t sent = 0;
    while (producer->Send(Bytes(size), 0, kNow)) ++sent;
    EXPECT_EQ(sent, size == 0 ? most : most / size);
    EXPECT_EQ(producer->Send(Bytes(size), 0, kNow).error().code, Errc::kWouldBlock);
  }
}

TEST_F(SysvMsgTest, RemovalIsToldToThoseWhoWaitAndToThoseWhoCome) {
  auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  const auto producer = channel->Attach(Role::kProducer, kNow).value();
  std::atomic<pid_t> id = 0;
  std::thread waiter([&] {
    id = gettid();
    EXPECT_EQ(Receive(*consumer, Deadline::Never()), "peer_closed");
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(channel->Unlink());
  EXPECT_EQ(OpenError(), Errc::kWouldBlock) << "the queue is its name";
  channel.reset();
  waiter.join();
  EXPECT_EQ(Receive(*consumer), "peer_closed");
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kPeerClosed);
  EXPECT_EQ(OpenError(), Errc::kNotFound);
}

TEST_F(SysvMsgTest, ModeIsExactUnderAnyUmaskAndLeftoversOfAnyModeAreTakenOver) {
  for (const int mode : {0000, 0400, 0600, 0640, 0666}) {
    ASSERT_GE(msgget(key_, IPC_CREAT | IPC_EXCL | mode), 0);
    options_.mode = static_cast<mode_t>(mode);
    const mode_t before = umask(0777);
    const auto channel = Create();
    umask(before);
    ASSERT_TRUE(channel) << ToString(channel.error());
    msqid_ds status{};
    if (msgctl(msgget(key_, 0), IPC_STAT, &status) != 0) continue;  // refuses its owner
    EXPECT_EQ(status.msg_perm.mode & 0777, mode);
  }
}

// Only a root with more than one user can plant a queue of another's.
TEST_F(SysvMsgTest, AnotherUsersQueueIsRefused) {
  const int left = msgget(key_, IPC_CREAT | IPC_EXCL | 0666);
  ASSERT_GE(left, 0);
  msqid_ds status{};
  ASSERT_EQ(msgctl(left, IPC_STAT, &status), 0);
  status.msg_perm.uid = 1234;
  if (geteuid() == 0 && msgctl(left, IPC_SET, &status) == 0) {
    EXPECT_EQ(CreateError(), Errc::kPermission);
    EXPECT_EQ(OpenError(), Errc::kPermission);
    EXPECT_EQ(kind_.unlink(name_).error().code, Errc::kPermission);
  }
  EXPECT_EQ(msgctl(left, IPC_RMID, nullptr), 0);
}

TEST_F(SysvMsgTest, WhatAStrangerPutsInIsNotDeliveredOrIsAnError) {
  struct {
    long type;
    std::array<char, 65> text;
  } message{.type = 40000, .text = {}};
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  ASSERT_EQ(msgsnd(msgget(key_, 0), &message, 1, IPC_NOWAIT), 0);
  EXPECT_EQ(Receive(*consumer), "would_block") << "a type that is no priority";
  message.type = 1;
  ASSERT_EQ(msgsnd(msgget(key_, 0), &message, 65, IPC_NOWAIT), 0);
  EXPECT_EQ(Receive(*consumer), "corrupt") << "larger than agreed on";
}

// A closed direction is noticed by who waits with a time; none can be woken in the kernel.
TEST_F(SysvMsgTest, WhoWaitsWithATimeNoticesTheClose) {
  const auto channel = Create().value();
  const auto consumer = channel->Attach(Role::kConsumer, kNow).value();
  std::atomic<pid_t> id = 0;
  std::thread waiter([&] {
    id = gettid();
    EXPECT_EQ(Receive(*consumer, Deadline::After(std::chrono::minutes(1))), "closed");
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
  waiter.join();
}

}  // namespace
}  // namespace ipc_hammer
