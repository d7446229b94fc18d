#include "transports/shared_memory/message_ring.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t kBytesMax = 64;
constexpr int kKillRounds = 12;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class MessageRingTest : public testing::Test {
 protected:
  void Make(std::size_t capacity) {
    const RingGeometry geometry = RingGeometryFor(capacity, kBytesMax).value();
    file_ = FileDescriptor(memfd_create("ring", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file_.get(), static_cast<off_t>(geometry.size_bytes)), 0);
    Result<MessageRing> ring = MessageRing::Create(file_.get(), geometry);
    ASSERT_TRUE(ring) << ToString(ring.error());
    ring_.emplace(*std::move(ring));
    peer_.reset();
  }
  Result<std::size_t> Send(std::string_view text, Deadline deadline = Deadline::Now()) {
    return ring_->Send(Bytes(text), is_closed_, deadline);
  }
  Result<std::string> Receive(Deadline deadline = Deadline::Now()) {
    std::string text(kBytesMax, '\0');
    Result<std::size_t> size =
        ring_->Receive(std::as_writable_bytes(std::span(text)), is_closed_, deadline);
    if (!size) return std::unexpected(size.error());
    text.resize(*size);
    return text;
  }
  // The shared header as a hostile peer sees it.
  RingHeader& Header() {
    if (!peer_) peer_.emplace(Mapping::Shared(file_.get(), sizeof(RingHeader)).value());
    return *reinterpret_cast<RingHeader*>(peer_->data());
  }
  Errc OpenError() {
    struct stat status;
    fstat(file_.get(), &status);
    Result<MessageRing> opened =
        MessageRing::Open(file_.get(), static_cast<std::uint64_t>(status.st_size));
    return opened ? Errc::kWouldBlock : opened.error().code;  // kWouldBlock: it was opened
  }

  FileDescriptor file_;
  std::optional<MessageRing> ring_;
  std::optional<Mapping> peer_;
  std::atomic<bool> is_closed_ = false;
};

TEST_F(MessageRingTest, KeepsOrderSizesAndCapacity) {
  for (const std::size_t capacity : {1, 2, 3, 8}) {
    Make(capacity);
    for (int round = 0; round < 5; ++round) {
      for (std::size_t i = 0; i < capacity; ++i) {
        ASSERT_TRUE(Send(std::string(i, static_cast<char>('a' + round))));
      }
      EXPECT_EQ(Send("x").error().code, Errc::kWouldBlock);
      for (std::size_t i = 0; i < capacity; ++i) {
        EXPECT_EQ(Receive().value(), std::string(i, static_cast<char>('a' + round)));
      }
      EXPECT_EQ(Receive().error().code, Errc::kWouldBlock);
    }
  }
}

TEST_F(MessageRingTest, RefusesWhatDoesNotFit) {
  Make(2);
  EXPECT_TRUE(Send(std::string(kBytesMax, 'x')));
  EXPECT_EQ(Send(std::string(kBytesMax + 1, 'x')).error().code, Errc::kTooLarge);
  std::byte small[kBytesMax - 1];
  EXPECT_EQ(ring_->Receive(small, is_closed_, Deadline::Now()).error().code, Errc::kTooLarge);
  EXPECT_EQ(RingGeometryFor(0, 1).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(RingGeometryFor(1, 0).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(RingGeometryFor(kRingMessagesMax + 1, 1).error().code, Errc::kTooLarge);
  EXPECT_EQ(RingGeometryFor(1, kRingMessageBytesMax + 1).error().code, Errc::kTooLarge);
  EXPECT_EQ(RingGeometryFor(SIZE_MAX, SIZE_MAX).error().code, Errc::kTooLarge);
  EXPECT_EQ(RingGeometryFor(kRingMessagesMax, kRingMessageBytesMax).error().code, Errc::kTooLarge);
}

TEST_F(MessageRingTest, CountersPassTheirLimit) {
  Make(3);
  // 2^64 is no multiple of 3: whatever `sent` counts from, 2^64 sends take longer than a machine
  // lives. 2^32 they do not.
  Header().sent.store(0xffff'fffe);
  Header().received.store(0xffff'fffe);
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(Send(std::to_string(i)));
    EXPECT_EQ(Receive().value(), std::to_string(i));
  }
}

TEST_F(MessageRingTest, DoesNotTimeOutEarly) {
  Make(1);
  const std::int64_t start = MonotonicNs();
  EXPECT_EQ(Receive(Deadline::After(milliseconds(20))).error().code, Errc::kTimedOut);
  ASSERT_TRUE(Send("x"));
  EXPECT_EQ(Send("y", Deadline::After(milliseconds(20))).error().code, Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - start, 40'000'000);
  EXPECT_EQ(Receive().value(), "x");
}

TEST_F(MessageRingTest, ManyThreadsLoseAndDoubleNothing) {
  Make(3);
  constexpr int kEach = 3000;
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> sum = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        ASSERT_TRUE(Send(std::to_string(t * kEach + i), Deadline::Never()));
      }
    });
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) sum += std::stoull(Receive(Deadline::Never()).value());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), std::uint64_t{3 * kEach} * (3 * kEach - 1) / 2);
  EXPECT_EQ(Receive().error().code, Errc::kWouldBlock);
}

TEST_F(MessageRingTest, CloseWakesTheSleeper) {
  for (int round = 0; round < 200; ++round) {
    Make(1);
    is_closed_ = false;
    std::thread sleeper(
        [this] { EXPECT_EQ(Receive(Deadline::Never()).error().code, Errc::kClosed); });
    if (round % 2 == 0) {  // else at any moment
      while ((Header().not_empty.load() & 1) == 0) std::this_thread::yield();
    }
    is_closed_.store(true, std::memory_order_relaxed);
    ring_->WakeSleepers();
    sleeper.join();
  }
}

TEST_F(MessageRingTest, OpenRefusesWhatIsNoRing) {
  Make(2);
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
  const auto refuses = [this](auto& field) {
    field += 8;
    EXPECT_EQ(OpenError(), Errc::kCorrupt);
    field -= 8;
  };
  refuses(Header().magic);
  refuses(Header().version);
  refuses(Header().layout);
  refuses(Header().geometry.capacity);
  refuses(Header().geometry.message_bytes_max);
  refuses(Header().geometry.slot_stride);
  refuses(Header().geometry.reserved);
  refuses(Header().geometry.size_bytes);
  EXPECT_EQ(OpenError(), Errc::kWouldBlock);
  // Huge values have to be refused without being tried.
  Header().geometry.capacity = 0xffff'ffff;
  Header().geometry.message_bytes_max = 0xffff'ffff;
  EXPECT_EQ(OpenError(), Errc::kCorrupt);
}

TEST_F(MessageRingTest, OpenRefusesEverySizeButItsOwn) {
  Make(2);
  const auto whole = static_cast<off_t>(ring_->geometry().size_bytes);
  for (const off_t size : {off_t{0}, off_t{1}, off_t{39}, off_t{40}, whole - 1, whole + 1}) {
    Make(2);
    ASSERT_EQ(ftruncate(file_.get(), size), 0);
    EXPECT_EQ(OpenError(), Errc::kCorrupt) << size;
  }
}

TEST_F(MessageRingTest, ScribbledCountsAndSizesAreCorrupt) {
  Make(2);
  ASSERT_TRUE(Send("x"));
  for (const std::uint64_t junk : {0ull, 5ull, ~0ull, 1ull << 63}) {
    Header().sent.store(junk);
    Header().received.store(1);
    if (junk == 0 || junk >= 4) {
      EXPECT_EQ(Receive().error().code, Errc::kCorrupt) << junk;
      EXPECT_EQ(Send("y").error().code, Errc::kCorrupt) << junk;
    }
  }
  Make(2);
  ASSERT_TRUE(Send("x"));
  for (const std::uint32_t junk : {std::uint32_t{kBytesMax + 1}, 0x8000'0000u, 0xffff'ffffu}) {
    ASSERT_EQ(pwrite(file_.get(), &junk, sizeof junk, sizeof(RingHeader)), 4);
    EXPECT_EQ(Receive().error().code, Errc::kCorrupt) << junk;
  }
}

// Whatever bytes are in the object: an error or a bounded message. (The lock word has its own
// test.)
TEST_F(MessageRingTest, RandomBytesDoNotCrash) {
  std::mt19937_64 random(20240917);
  int corrupt = 0;
  for (int round = 0; round < 20000; ++round) {
    if (round % 50 == 0) Make(3);
    const std::uint64_t at = random() % (ring_->geometry().size_bytes - sizeof(std::uint64_t));
    const std::uint64_t junk = random() >> (random() % 64);
    ASSERT_EQ(pwrite(file_.get(), &junk, 8, static_cast<off_t>(at)), 8);
    ASSERT_EQ(pwrite(file_.get(), "\0\0\0\0", 4, offsetof(RingHeader, lock)), 4);
    const auto sent = Send("message");
    const auto received = Receive();
    if (received) EXPECT_LE(received->size(), kBytesMax);
    if (!sent && sent.error().code == Errc::kCorrupt) ++corrupt;
  }
  EXPECT_GT(corrupt, 0) << "nothing was ever noticed";
}

// kill -9 at random moments. A message is its number, repeated, so that a torn one shows.
class MessageRingKillTest : public MessageRingTest {
 protected:
  static std::string Message(std::uint64_t number) {
    std::string text;
    for (std::uint64_t i = 0; i < 1 + number % 7; ++i) text += std::to_string(number) + ",";
    return text;
  }
  static std::uint64_t NumberOf(const std::string& text) {
    const std::uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
    if (text != Message(number)) abort();
    return number;
  }
  template <typename Body>
  pid_t Fork(Body body) {
    const pid_t child = fork();
    if (child != 0) return child;
    body();
    _exit(1);
  }
  void Kill(pid_t child) {
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it had failed before";
  }
  void AwaitReceived(std::uint64_t goal) {
    while (Header().received.load() < goal) std::this_thread::yield();
  }
};

TEST_F(MessageRingKillTest, AKilledSenderLosesNothingItHasSent) {
  std::mt19937_64 random(1);
  for (int round = 0; round < kKillRounds; ++round) {
    Make(4);
    const pid_t sender = Fork([this] {
      for (std::uint64_t i = 0;; ++i) (void)Send(Message(i), Deadline::Never());
    });
    std::uint64_t expected = 0;
    for (std::uint64_t i = random() % 500; i > 0; --i) {
      ASSERT_EQ(NumberOf(Receive(Deadline::Never()).value()), expected++);
    }
    Kill(sender);
    for (;;) {
      const Result<std::string> left = Receive();
      if (!left) {
        ASSERT_EQ(left.error().code, Errc::kWouldBlock);
        break;
      }
      ASSERT_EQ(NumberOf(*left), expected++);
    }
    ASSERT_TRUE(Send("works"));
    ASSERT_EQ(Receive().value(), "works");
  }
}

TEST_F(MessageRingKillTest, AKilledReceiverTakesAtMostOneMessageAlong) {
  std::mt19937_64 random(2);
  for (int round = 0; round < kKillRounds; ++round) {
    Make(4);
    const pid_t receiver = Fork([this] {
      for (std::uint64_t i = 0;; ++i) {
        if (NumberOf(Receive(Deadline::Never()).value()) != i) abort();
      }
    });
    std::uint64_t next = 0;
    for (std::uint64_t i = random() % 500; i > 0; --i) {
      ASSERT_TRUE(Send(Message(next++), Deadline::Never()));
    }
    Kill(receiver);
    std::uint64_t expected = Header().received.load();
    while (expected < next) ASSERT_EQ(NumberOf(Receive().value()), expected++);
    ASSERT_EQ(Receive().error().code, Errc::kWouldBlock);
  }
}

// Whoever dies, asleep or awake, waking or woken: the others go on and nobody sleeps for ever.
TEST_F(MessageRingKillTest, SleepersOutliveTheirNeighbours) {
  std::mt19937_64 random(3);
  for (int round = 0; round < kKillRounds; ++round) {
    Make(1 + random() % 3);
    const auto receive = [this] {
      for (;;) NumberOf(Receive(Deadline::Never()).value());
    };
    const auto send = [this] {
      for (std::uint64_t i = 0;; ++i) (void)Send(Message(i), Deadline::Never());
    };
    const pid_t receivers[] = {Fork(receive), Fork(receive)};
    const pid_t senders[] = {Fork(send), Fork(send)};
    AwaitReceived(random() % 200);
    Kill(receivers[0]);
    AwaitReceived(Header().received.load() + 20);
    Kill(senders[0]);
    AwaitReceived(Header().received.load() + 20);
    Kill(senders[1]);
    AwaitReceived(Header().sent.load());
    ASSERT_TRUE(Send(Message(7), Deadline::After(milliseconds(10000))));
    AwaitReceived(Header().sent.load());
    Kill(receivers[1]);
  }
}

}  // namespace
}  // namespace ipc_hammer
