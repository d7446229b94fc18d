#include "transports/shared_memory/lock_free/mpmc_ring.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "transports/sys/file_descriptor.h"
#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kBytesMax = 48;
const Deadline kNow = Deadline::Now();

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class MpmcRingTest : public testing::Test {
 protected:
  void Make(std::size_t capacity) {
    const RingPreamble preamble = MpmcRing::PreambleFor(capacity, kBytesMax).value();
    file_ = FileDescriptor(memfd_create("ring", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file_.get(), static_cast<off_t>(preamble.size_bytes)), 0);
    Result<MpmcRing> ring = MpmcRing::Create(file_.get(), preamble);
    ASSERT_TRUE(ring) << ToString(ring.error());
    ring_.emplace(*std::move(ring));
    peer_ = Mapping::Shared(file_.get(), preamble.size_bytes).value();
  }
  Result<std::size_t> Send(std::string_view text, Deadline deadline = kNow) {
    return ring_->Send(Bytes(text), is_closed_, deadline);
  }
  Result<std::string> Receive(Deadline deadline = kNow) {
    std::string text(kBytesMax, '\0');
    const Result<std::size_t> size =
        ring_->Receive(std::as_writable_bytes(std::span(text)), is_closed_, deadline);
    if (!size) return std::unexpected(size.error());
    text.resize(*size);
    return text;
  }
  // The shared object as a dying or hostile peer sees it.
  MpmcHeader& Header() { return *reinterpret_cast<MpmcHeader*>(peer_.data()); }
  MpmcSlot& Slot(std::uint64_t number) {
    return *reinterpret_cast<MpmcSlot*>(peer_.data() + sizeof(MpmcHeader) +
                                        number * ring_->preamble().slot_stride);
  }
  // Moves the tail or the head on, as a dying peer does.
  void MoveOn(std::atomic<std::uint64_t>& end) {
    constexpr std::uint64_t kOneLap = 4096;
    const std::uint64_t next = end.load() + 1;
    end.store(next % kOneLap < ring_->preamble().capacity ? next : (next / kOneLap + 1) * kOneLap);
  }

  FileDescriptor file_;
  std::optional<MpmcRing> ring_;
  Mapping peer_;
  std::atomic<bool> is_closed_ = false;
};

TEST_F(MpmcRingTest, KeepsOrderSizesAndCapacity) {
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

// The three states that a death inside an operation leaves, each with every fill of the ring. They
// are made by hand here; the hammer's kills meet them by chance.
enum class Death { kTailMoved, kHeadMoved, kHoleSkipped };

class MpmcRingDeathTest : public MpmcRingTest, public testing::WithParamInterface<Death> {
 protected:
  // Leaves `queued` messages "0", "1" ... and the traces of a death.
  void Die(std::uint64_t queued) {
    MpmcHeader& header = Header();
    switch (GetParam()) {
      case Death::kTailMoved:  // behind the others
        for (std::uint64_t i = 0; i < queued; ++i) ASSERT_TRUE(Send(std::to_string(i)));
        MoveOn(header.tail);
        return;
      case Death::kHeadMoved:  // in front of them
        ASSERT_TRUE(Send("dead"));
        for (std::uint64_t i = 0; i < queued; ++i) ASSERT_TRUE(Send(std::to_string(i)));
        MoveOn(header.head);
        return;
      case Death::kHoleSkipped:
        MoveOn(header.tail);
        for (std::uint64_t i = 0; i < queued; ++i) ASSERT_TRUE(Send(std::to_string(i)));
        MoveOn(header.head);
        return;
    }
  }
};

TEST_P(MpmcRingDeathTest, OthersGoOnWithWhatIsQueuedAndTheWholeCapacity) {
  for (const std::uint64_t capacity : {1, 2, 3}) {
    for (std::uint64_t turns = 0; turns <= 2 * capacity; ++turns) {
      for (std::uint64_t queued = 0; queued < capacity; ++queued) {
        Make(capacity);
        for (std::uint64_t i = 0; i < turns; ++i) ASSERT_TRUE(Send("t") && Receive());
        Die(queued);
        for (std::uint64_t i = 0; i < queued; ++i) EXPECT_EQ(Receive().value(), std::to_string(i));
        EXPECT_EQ(Receive().error().code, Errc::kWouldBlock);
        for (std::uint64_t lap = 0; lap < 3; ++lap) {
          for (std::uint64_t i = 0; i < capacity; ++i) ASSERT_TRUE(Send("again")) << i;
          EXPECT_EQ(Send("x").error().code, Errc::kWouldBlock);
          for (std::uint64_t i = 0; i < capacity; ++i) EXPECT_EQ(Receive().value(), "again");
        }
      }
    }
  }
}

TEST_P(MpmcRingDeathTest, ProducersAloneFillTheRingAgain) {
  for (const std::uint64_t capacity : {1, 2, 3}) {
    for (std::uint64_t queued = 0; queued < capacity; ++queued) {
      Make(capacity);
      Die(queued);
      // Behind other messages a hole takes up room until it comes to the head.
      const bool is_behind = GetParam() == Death::kTailMoved && queued > 0;
      const std::uint64_t room = capacity - queued - (is_behind ? 1 : 0);
      for (std::uint64_t i = 0; i < room; ++i) ASSERT_TRUE(Send(std::to_string(queued + i)));
      EXPECT_EQ(Send("x").error().code, Errc::kWouldBlock);
      for (std::uint64_t i = 0; i < queued + room; ++i) {
        EXPECT_EQ(Receive().value(), std::to_string(i));
      }
      EXPECT_EQ(Receive().error().code, Errc::kWouldBlock);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Deaths, MpmcRingDeathTest,
                         testing::Values(Death::kTailMoved, Death::kHeadMoved,
                                         Death::kHoleSkipped));

TEST_F(MpmcRingTest, ThreadsLoseAndDoubleNothing) {
  constexpr std::uint64_t kEach = 3000;
  Make(3);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> sum = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([this] {
      for (std::uint64_t i = 1; i <= kEach; ++i) {
        ASSERT_TRUE(Send(std::to_string(i), Deadline::Never()));
      }
    });
    threads.emplace_back([this, &sum] {
      for (std::uint64_t i = 1; i <= kEach; ++i) {
        sum += std::stoull(Receive(Deadline::Never()).value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), 3 * kEach * (kEach + 1) / 2);
}

TEST_F(MpmcRingTest, ImpossibleCountsStatesAndSizesAreCorrupt) {
  for (const std::uint64_t junk : {std::uint64_t{5}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    Make(3);
    Header().head.store(junk);
    EXPECT_EQ(Receive().error().code, Errc::kCorrupt) << junk;
    Make(3);
    Header().tail.store(junk);
    EXPECT_EQ(Receive().error().code, Errc::kCorrupt) << junk;
    EXPECT_EQ(Send("x").error().code, Errc::kCorrupt) << junk;
    Make(3);
    ASSERT_TRUE(Send("x"));
    Slot(0).state.store(junk);
    Slot(1).state.store(junk);
    EXPECT_EQ(Receive().error().code, Errc::kCorrupt) << junk;
    EXPECT_EQ(Send("x").error().code, Errc::kCorrupt) << junk;
  }
  Make(1);
  ASSERT_TRUE(Send("x"));
  Slot(0).size_bytes.store(kBytesMax + 1);
  EXPECT_EQ(Receive().error().code, Errc::kCorrupt);
}

// kill -9 at random moments, with others at work: those go on, and what arrives is whole.
TEST_F(MpmcRingTest, SurvivesKillsAtAnyInstant) {
  std::mt19937 random(1);
  Make(2);
  for (int round = 0; round < 20; ++round) {
    const auto sender = [this]() -> int {
      for (char c = 'a';; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
        if (!Send(std::string(kBytesMax, c), Deadline::Never())) return 1;
      }
    };
    const auto receiver = [this]() -> int {
      while (const auto text = Receive(Deadline::Never())) {
        if (*text != std::string(kBytesMax, (*text)[0])) return 2;
      }
      return 1;
    };
    const pid_t children[] = {ForkChild(sender), ForkChild(sender), ForkChild(receiver),
                              ForkChild(receiver)};
    for (const std::size_t victim : {random() % 2, 2 + random() % 2}) {
      for (unsigned i = random() % 30; i > 0; --i) std::this_thread::yield();
      kill(children[victim], SIGKILL);
    }
    const std::uint64_t goal = Header().head.load() + 25 * 4096;  // laps of two
    while (Header().head.load() < goal) std::this_thread::yield();
    for (const pid_t child : children) {
      kill(child, SIGKILL);
      EXPECT_EQ(WaitForExit(child), -SIGKILL);
    }
    while (Receive()) continue;
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(Send("alive"));
    EXPECT_EQ(Send("x").error().code, Errc::kWouldBlock);
    for (int i = 0; i < 2; ++i) ASSERT_EQ(Receive().value(), "alive");
  }
}

}  // namespace
}  // namespace ipc_hammer
