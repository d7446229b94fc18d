#include "transports/shared_memory/lock_free/spsc_ring.h"

#include <gtest/gtest.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kBytesMax = 64;
const Deadline kNow = Deadline::Now();

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Result<std::string> Receive(SpscSide& from, Deadline deadline = kNow) {
  std::string text(kBytesMax, '\0');
  const Result<std::size_t> size = from.Receive(std::as_writable_bytes(std::span(text)), deadline);
  if (!size) return std::unexpected(size.error());
  text.resize(*size);
  return text;
}

class SpscRingTest : public testing::Test {
 protected:
  void Make(std::size_t capacity, bool has_process_fence = true) {
    RingPreamble preamble = SpscRing::PreambleFor(capacity, kBytesMax).value();
    if (!has_process_fence) preamble.flags = 0;
    file_ = FileDescriptor(memfd_create("ring", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file_.get(), static_cast<off_t>(preamble.size_bytes)), 0);
    Result<SpscRing> ring = SpscRing::Create(file_.get(), preamble);
    ASSERT_TRUE(ring) << ToString(ring.error());
    ring_ = std::make_shared<const SpscRing>(*std::move(ring));
    producer_.emplace(ring_, Role::kProducer);
    consumer_.emplace(ring_, Role::kConsumer);
  }
  SpscHeader& Header() { return ring_->header(); }

  FileDescriptor file_;
  std::shared_ptr<const SpscRing> ring_;
  std::optional<SpscSide> producer_;
  std::optional<SpscSide> consumer_;
};

TEST_F(SpscRingTest, KeepsOrderSizesAndCapacity) {
  for (const std::size_t capacity : {1, 2, 3, 80}) {
    Make(capacity);
    for (int round = 0; round < 5; ++round) {
      const auto text = [&](std::size_t i) {
        return std::string(i % (kBytesMax + 1), static_cast<char>('a' + round));
      };
      for (std::size_t i = 0; i < capacity; ++i) {
        ASSERT_TRUE(producer_->Send(Bytes(text(i)), kNow));
      }
      EXPECT_EQ(producer_->Send({}, kNow).error().code, Errc::kWouldBlock);
      for (std::size_t i = 0; i < capacity; ++i) EXPECT_EQ(Receive(*consumer_).value(), text(i));
      EXPECT_EQ(Receive(*consumer_).error().code, Errc::kWouldBlock);
    }
  }
}

// Each side in a process of its own, with as many sleeps as possible.
TEST_F(SpscRingTest, NoWakeUpIsLostWithAndWithoutAProcessFence) {
  constexpr int kMessages = 3000;
  for (const bool has_fence : {true, false}) {
    Make(1, has_fence);
    const pid_t child = ForkChild([this] {
      for (int i = 0; i < kMessages; ++i) {
        if (!producer_->Send(Bytes(std::to_string(i)), Deadline::Never())) return 1;
        if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(i % 64));
      }
      return 0;
    });
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_EQ(Receive(*consumer_, Deadline::Never()).value(), std::to_string(i));
    }
    EXPECT_EQ(WaitForExit(child), 0);
  }
}

TEST_F(SpscRingTest, AForkedChildIsRegisteredForTheFence) {
  Make(1);
  if (!ring_->has_process_fence()) GTEST_SKIP() << "the kernel has no such fence";
  const auto registrations = [] {
    return static_cast<int>(syscall(SYS_membarrier, 1 << 9 /* GET_REGISTRATIONS */, 0, 0));
  };
  if (registrations() < 0) GTEST_SKIP() << "the kernel does not tell";
  EXPECT_NE(registrations() & MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0);
  EXPECT_EQ(RunInChild(registrations), registrations());
}

TEST_F(SpscRingTest, TimesOutNotEarlyAndSeesWhatCameMeanwhile) {
  Make(1);
  for (const milliseconds wait : {milliseconds(1), kSpscSlice + milliseconds(10)}) {
    const std::int64_t start = MonotonicNs();
    EXPECT_EQ(Receive(*consumer_, Deadline::After(wait)).error().code, Errc::kTimedOut);
    EXPECT_GE(MonotonicNs() - start, std::chrono::nanoseconds(wait).count());
  }
  EXPECT_TRUE(producer_->Send({}, kNow));
  EXPECT_EQ(producer_->Send({}, Deadline::After(milliseconds(1))).error().code, Errc::kTimedOut);
}

TEST_F(SpscRingTest, CloseEndsAWaitAndLeavesTheOtherSideAlone) {
  Make(1);
  std::atomic<pid_t> id = 0;
  std::thread blocked([&] {
    id = gettid();
    EXPECT_EQ(Receive(*consumer_, Deadline::Never()).error().code, Errc::kClosed);
  });
  WaitUntilAsleep([&] { return id.load(); });
  consumer_->Close();
  blocked.join();
  EXPECT_TRUE(producer_->Send({}, kNow));
}

// A producer that was killed after publishing and before waking: the word that its consumer sleeps
// on never changes.
TEST_F(SpscRingTest, ASleeperFindsAMessageThatNobodyWokeItFor) {
  Make(1);
  std::atomic<pid_t> id = 0;
  std::thread sleeper([&] {
    id = gettid();
    EXPECT_EQ(Receive(*consumer_, Deadline::Never()).value(), "");
  });
  WaitUntilAsleep([&] { return id.load(); });
  Header().sent.store(1);
  sleeper.join();
}

TEST_F(SpscRingTest, ASuccessorGoesOnWhereTheDeadOneWas) {
  Make(3);
  ASSERT_TRUE(producer_->Send(Bytes("a"), kNow));
  ASSERT_TRUE(producer_->Send(Bytes("b"), kNow));
  EXPECT_EQ(Receive(*consumer_).value(), "a");
  producer_.emplace(ring_, Role::kProducer);
  consumer_.emplace(ring_, Role::kConsumer);
  ASSERT_TRUE(producer_->Send(Bytes("c"), kNow));
  ASSERT_TRUE(producer_->Send(Bytes("d"), kNow));
  EXPECT_EQ(producer_->Send(Bytes("e"), kNow).error().code, Errc::kWouldBlock);
  for (const char* text : {"b", "c", "d"}) EXPECT_EQ(Receive(*consumer_).value(), text);
}

TEST_F(SpscRingTest, ImpossibleCountsAndSizesAreCorrupt) {
  for (const std::uint64_t junk : {std::uint64_t{4}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    Make(3);
    Header().sent.store(junk);
    EXPECT_EQ(Receive(*consumer_).error().code, Errc::kCorrupt);
    Make(3);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(producer_->Send({}, kNow));
    Header().received.store(junk);
    EXPECT_EQ(producer_->Send({}, kNow).error().code, Errc::kCorrupt);
  }
  for (const std::uint32_t size : {kBytesMax + 1, std::size_t{0xffffffff}}) {
    Make(1);
    ASSERT_TRUE(producer_->Send({}, kNow));
    std::memcpy(ring_->slots(), &size, sizeof size);
    EXPECT_EQ(Receive(*consumer_).error().code, Errc::kCorrupt);
  }
}

// The own counter is not believed: only the next store shows.
TEST_F(SpscRingTest, AScribbledOwnCounterDoesNoHarm) {
  Make(2);
  Header().sent.store(77);
  ASSERT_TRUE(producer_->Send(Bytes("a"), kNow));
  EXPECT_EQ(Receive(*consumer_).value(), "a");
}

// kill -9 of either side at random moments: what arrives is whole and in order, and what a producer
// knows to be sent is not lost.
TEST_F(SpscRingTest, SurvivesKillsAtAnyInstant) {
  std::mt19937 random(1);
  Make(4);
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ForkChild([this, round]() -> int {
      for (char c = 'a';; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
        const std::string text(static_cast<std::size_t>(round), c);
        if (!producer_->Send(Bytes(text), Deadline::Never())) return 1;
      }
    });
    for (unsigned i = 1 + random() % 40; i > 0; --i) {
      const std::string text = Receive(*consumer_, Deadline::Never()).value();
      EXPECT_EQ(text, std::string(static_cast<std::size_t>(round), text.empty() ? ' ' : text[0]));
    }
    kill(child, SIGKILL);
    EXPECT_EQ(WaitForExit(child), -SIGKILL);
    producer_.emplace(ring_, Role::kProducer);
    while (const auto left = Receive(*consumer_)) EXPECT_EQ(left->size(), round);
    ASSERT_TRUE(producer_->Send(Bytes("alive"), kNow));
    ASSERT_EQ(Receive(*consumer_).value(), "alive");
  }
}

}  // namespace
}  // namespace ipc_hammer
