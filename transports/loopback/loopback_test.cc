#include "transports/loopback/loopback.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
const Deadline kNow = Deadline::Now();

class LoopbackTest : public testing::Test {
 protected:
  std::unique_ptr<Endpoint> Attach(Role role) { return channel_->Attach(role, kNow).value(); }
  static Errc Send(Endpoint& end, std::string_view text, Deadline deadline = kNow) {
    const Result<std::size_t> sent = end.Send(std::as_bytes(std::span(text)), 0, deadline);
    return sent ? Errc::kExists : sent.error().code;  // kExists: it is in the queue
  }
  static Result<std::string> Receive(Endpoint& end, Deadline deadline = kNow) {
    std::string text(8, '\0');
    const auto got = end.Receive(std::as_writable_bytes(std::span(text)), deadline);
    if (!got) return std::unexpected(got.error());
    return text.substr(0, got->size_bytes);
  }

  std::unique_ptr<Channel> channel_ =
      Loopback()
          .create({.text = "loopback"}, {.capacity_messages = 2, .message_size_bytes = 8})
          .value();
};

TEST_F(LoopbackTest, IsAQueueOfItsCapacity) {
  const auto producer = Attach(Role::kProducer);
  const auto consumer = Attach(Role::kConsumer);
  EXPECT_EQ(Send(*producer, "first"), Errc::kExists);
  EXPECT_EQ(Send(*producer, ""), Errc::kExists);
  EXPECT_EQ(Send(*producer, "third"), Errc::kWouldBlock);
  EXPECT_EQ(Receive(*consumer).value(), "first");
  EXPECT_EQ(Receive(*consumer).value(), "");
  EXPECT_EQ(Receive(*consumer).error().code, Errc::kWouldBlock);
  EXPECT_EQ(Send(*producer, "123456789"), Errc::kTooLarge);
  std::byte small[7];
  EXPECT_EQ(consumer->Receive(small, kNow).error().code, Errc::kTooLarge);
}

TEST_F(LoopbackTest, EndOfFileComesAfterTheLastMessageAndOnlyOnceDetached) {
  auto producer = Attach(Role::kProducer);
  const auto consumer = Attach(Role::kConsumer);
  EXPECT_EQ(Send(*producer, "last"), Errc::kExists);
  producer.reset();
  EXPECT_EQ(Receive(*consumer).value(), "last");
  EXPECT_EQ(Receive(*consumer).error().code, Errc::kWouldBlock);
  channel_->Detach();
  EXPECT_EQ(Receive(*consumer).error().code, Errc::kPeerClosed);
  EXPECT_EQ(Receive(*consumer, Deadline::Never()).error().code, Errc::kPeerClosed);
  EXPECT_EQ(channel_->Attach(Role::kProducer, kNow).error().code, Errc::kInvalidArgument);
}

TEST_F(LoopbackTest, SendWithoutAConsumerIsPeerClosed) {
  const auto producer = Attach(Role::kProducer);
  const auto consumer = Attach(Role::kConsumer);
  channel_.reset();
  EXPECT_EQ(Send(*producer, "x"), Errc::kExists);
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
  EXPECT_EQ(Send(*producer, "x"), Errc::kPeerClosed);
  EXPECT_EQ(Receive(*consumer).error().code, Errc::kClosed);
}

TEST_F(LoopbackTest, DoesNotTimeOutEarly) {
  const auto consumer = Attach(Role::kConsumer);
  const std::int64_t start = MonotonicNs();
  EXPECT_EQ(Receive(*consumer, Deadline::After(milliseconds(20))).error().code, Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - start, 20'000'000);
}

TEST_F(LoopbackTest, ClosingWakesEveryKindOfSleeper) {
  const auto own = Attach(Role::kConsumer);
  const auto peers = Attach(Role::kConsumer);
  const auto full = Attach(Role::kProducer);
  std::atomic<pid_t> id = 0;
  const auto sleep = [&id](auto body) {
    id = 0;
    std::thread thread([&id, body] {
      id = gettid();
      body();
    });
    WaitUntilAsleep([&id] { return id.load(); });
    return thread;
  };
  std::thread thread =
      sleep([&own] { EXPECT_EQ(Receive(*own, Deadline::Never()).error().code, Errc::kClosed); });
  (void)own->CloseDirection(Direction::kReceive);
  thread.join();

  EXPECT_EQ(Send(*full, "1"), Errc::kExists);
  EXPECT_EQ(Send(*full, "2"), Errc::kExists);
  channel_->Detach();
  thread = sleep([&full] { EXPECT_EQ(Send(*full, "3", Deadline::Never()), Errc::kPeerClosed); });
  (void)peers->CloseDirection(Direction::kReceive);
  thread.join();
}

TEST_F(LoopbackTest, ManyThreadsLoseAndDoubleNothing) {
  constexpr int kEach = 2000;
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([end = Attach(Role::kProducer), t] {
      for (int i = 0; i < kEach; ++i) Send(*end, std::to_string(t * kEach + i), Deadline::Never());
    });
    threads.emplace_back([end = Attach(Role::kConsumer), &sum] {
      for (;;) {
        const Result<std::string> text = Receive(*end, Deadline::Never());
        if (!text) break;
        sum += std::stoi(*text);
      }
    });
  }
  channel_->Detach();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), 3 * kEach * (3 * kEach - 1) / 2);
}

}  // namespace
}  // namespace ipc_hammer
