#include "transports/semaphore/event_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <thread>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

class EventFdTest : public testing::Test {
 protected:
  EventFdTest() {
    const std::set<int> before = OpenDescriptors();
    channel_ = EventFd().create({.text = "event_fd_test"}, {}).value();
    for (const int fd : OpenDescriptors()) {
      if (!before.contains(fd)) fd_ = fd;
    }
  }

  std::unique_ptr<Endpoint> Attach(Role role) { return channel_->Attach(role, kNow).value(); }

  std::unique_ptr<Channel> channel_;
  int fd_ = -1;  // the channel's own
};

TEST_F(EventFdTest, CountsOneByOneAndDoesNotBlock) {
  EXPECT_NE(fcntl(fd_, F_GETFL) & O_NONBLOCK, 0);
  const auto consumer = Attach(Role::kConsumer);
  const std::uint64_t three = 3;
  ASSERT_EQ(write(fd_, &three, sizeof three), 8);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(consumer->Receive({}, kNow));
  EXPECT_EQ(consumer->Receive({}, kNow).error().code, Errc::kWouldBlock);
}

TEST_F(EventFdTest, AFullCounterBlocksItsSendersUntilOneIsTaken) {
  const auto producer = Attach(Role::kProducer);
  const auto consumer = Attach(Role::kConsumer);
  const std::uint64_t all_but_one = std::numeric_limits<std::uint64_t>::max() - 2;
  ASSERT_EQ(write(fd_, &all_but_one, sizeof all_but_one), 8);
  EXPECT_TRUE(producer->Send({}, 0, kNow));
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kWouldBlock);
  EXPECT_EQ(producer->Send({}, 0, Deadline::After(std::chrono::milliseconds(5))).error().code,
            Errc::kTimedOut);
  std::thread blocked([&] { EXPECT_TRUE(producer->Send({}, 0, Deadline::Never())); });
  EXPECT_TRUE(consumer->Receive({}, kNow));
  blocked.join();
  EXPECT_EQ(producer->Send({}, 0, kNow).error().code, Errc::kWouldBlock);
}

TEST_F(EventFdTest, CloseWakesASenderOfAFullCounter) {
  const auto producer = Attach(Role::kProducer);
  const std::uint64_t all = std::numeric_limits<std::uint64_t>::max() - 1;
  ASSERT_EQ(write(fd_, &all, sizeof all), 8);
  std::atomic<pid_t> id = 0;
  std::thread blocked([&] {
    id = gettid();
    EXPECT_EQ(producer->Send({}, 0, Deadline::Never()).error().code, Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(producer->CloseDirection(Direction::kSend));
  blocked.join();
}

TEST_F(EventFdTest, AKilledRelativesTokensStay) {
  EXPECT_EQ(RunInChild([this] {
              const auto producer = Attach(Role::kProducer);
              return producer->Send({}, 0, kNow) ? raise(SIGKILL) : 1;
            }),
            -SIGKILL);
  const auto consumer = Attach(Role::kConsumer);
  EXPECT_TRUE(consumer->Receive({}, kNow));
  EXPECT_EQ(consumer->Receive({}, kNow).error().code, Errc::kWouldBlock);
}

}  // namespace
}  // namespace ipc_hammer
