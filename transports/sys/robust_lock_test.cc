#include "transports/sys/robust_lock.h"

#include <gtest/gtest.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;

struct Shared {
  FutexWord lock = 0;
  FutexWord stage = 0;
  std::atomic<std::uint64_t> first = 0;
  std::atomic<std::uint64_t> second = 0;
};

class RobustLockTest : public testing::Test {
 protected:
  RobustLockTest() {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared_ = new (memory) Shared;
  }
  ~RobustLockTest() override { munmap(shared_, sizeof(Shared)); }

  template <typename Body>
  pid_t Fork(Body body) {
    const pid_t child = fork();
    if (child != 0) return child;
    body();
    _exit(0);
  }
  void AwaitStage(std::uint32_t stage) {
    for (;;) {
      const std::uint32_t seen = shared_->stage.load();
      if (seen >= stage) return;
      (void)FutexWait(shared_->stage, seen, Deadline::Never());
    }
  }
  void NextStage() {
    shared_->stage.fetch_add(1);
    FutexWake(shared_->stage, kWakeAll);
  }
  void Kill(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }

  Shared* shared_;
};

TEST_F(RobustLockTest, LocksAndUnlocks) {
  for (int i = 0; i < 2; ++i) {
    Result<Locked> locked = RobustLock(shared_->lock, Deadline::Now());
    ASSERT_TRUE(locked) << ToString(locked.error());
    EXPECT_EQ(*locked, Locked::kClean);
    RobustUnlock(shared_->lock);
    EXPECT_EQ(shared_->lock.load(), 0u);
  }
}

TEST_F(RobustLockTest, ItsOwnHolderIsToldRatherThanStuck) {
  ASSERT_TRUE(RobustLock(shared_->lock, Deadline::Now()));
  EXPECT_EQ(RobustLock(shared_->lock, Deadline::Never()).error().code, Errc::kCorrupt);
}

TEST_F(RobustLockTest, HonoursDeadlinesWhileAnotherHoldsIt) {
  const pid_t holder = Fork([this] {
    (void)RobustLock(shared_->lock, Deadline::Never());
    NextStage();
    for (;;) pause();
  });
  AwaitStage(1);
  EXPECT_EQ(RobustLock(shared_->lock, Deadline::Now()).error().code, Errc::kWouldBlock);
  for (const int ms : {1, 60, 120}) {  // below, above and far above a slice
    const std::int64_t start = MonotonicNs();
    EXPECT_EQ(RobustLock(shared_->lock, Deadline::After(milliseconds(ms))).error().code,
              Errc::kTimedOut);
    EXPECT_GE(MonotonicNs() - start, ms * 1'000'000) << "timed out early";
  }
  Kill(holder);
  EXPECT_EQ(RobustLock(shared_->lock, Deadline::Never()).value(), Locked::kOrphaned);
  RobustUnlock(shared_->lock);
  EXPECT_EQ(RobustLock(shared_->lock, Deadline::Never()).value(), Locked::kClean);
}

// Sleeping on the lock while its holder dies: every waiter gets it in turn, the first as orphaned.
TEST_F(RobustLockTest, DeathOfTheHolderWakesTheWaiters) {
  const pid_t holder = Fork([this] {
    (void)RobustLock(shared_->lock, Deadline::Never());
    NextStage();
    for (;;) pause();
  });
  AwaitStage(1);
  std::vector<pid_t> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.push_back(Fork([this] {
      const Locked locked = RobustLock(shared_->lock, Deadline::Never()).value();
      if (locked == Locked::kOrphaned) shared_->first.fetch_add(1);
      shared_->second.fetch_add(1);
      RobustUnlock(shared_->lock);
    }));
  }
  while ((shared_->lock.load() & FUTEX_WAITERS) == 0) std::this_thread::yield();
  Kill(holder);
  for (const pid_t waiter : waiters) waitpid(waiter, nullptr, 0);
  EXPECT_EQ(shared_->first.load(), 1u);
  EXPECT_EQ(shared_->second.load(), 3u);
}

// `first` is written before and `second` after: equal whenever the lock is free and not orphaned.
void Count(Shared& shared) {
  const Result<Locked> locked = RobustLock(shared.lock, Deadline::Never());
  if (!locked) abort();
  const std::uint64_t first = shared.first.load(std::memory_order_relaxed);
  if (*locked == Locked::kOrphaned) {
    shared.second.store(first, std::memory_order_relaxed);
  } else if (shared.second.load(std::memory_order_relaxed) != first) {
    abort();
  }
  shared.first.store(first + 1, std::memory_order_relaxed);
  shared.second.store(first + 1, std::memory_order_relaxed);
  RobustUnlock(shared.lock);
}

TEST_F(RobustLockTest, ExcludesThreads) {
  std::uint64_t plain = 0;  // for ThreadSanitizer
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5000; ++n) {
        ASSERT_TRUE(RobustLock(shared_->lock, Deadline::Never()));
        ++plain;
        RobustUnlock(shared_->lock);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(plain, 20000u);
}

TEST_F(RobustLockTest, SurvivesKillsAtAnyInstant) {
  for (int round = 0; round < 60; ++round) {
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
      children.push_back(Fork([this] {
        for (;;) Count(*shared_);
      }));
    }
    const std::uint64_t goal = shared_->first.load() + 20 + static_cast<std::uint64_t>(round);
    while (shared_->first.load() < goal) std::this_thread::yield();
    Kill(children[0]);
    // The two that are left go on.
    const std::uint64_t after = shared_->first.load() + 20;
    while (shared_->first.load() < after) std::this_thread::yield();
    Kill(children[1]);
    Kill(children[2]);
    Count(*shared_);
  }
}

// A forked child has another id than its parent, whatever its parent's threads remembered.
TEST_F(RobustLockTest, AForkedChildLocksAsItself) {
  ASSERT_TRUE(RobustLock(shared_->lock, Deadline::Now()));
  RobustUnlock(shared_->lock);
  const pid_t child = Fork([this] {
    (void)RobustLock(shared_->lock, Deadline::Now());
    NextStage();
    for (;;) pause();
  });
  AwaitStage(1);
  EXPECT_EQ(shared_->lock.load() & FUTEX_TID_MASK, static_cast<std::uint32_t>(child));
  Kill(child);
  EXPECT_EQ(RobustLock(shared_->lock, Deadline::Never()).value(), Locked::kOrphaned);
}

TEST_F(RobustLockTest, AScribbledWordIsNoticedOrBlocksUntilTheDeadline) {
  for (const std::uint32_t nobody : {0x3fffffffu, 0xffffffffu, 0x8fff0001u}) {
    shared_->lock.store(nobody);
    EXPECT_EQ(RobustLock(shared_->lock, Deadline::Never()).error().code, Errc::kCorrupt);
  }
  const auto parent = static_cast<std::uint32_t>(getppid());  // lives, but does not hold it
  for (const std::uint32_t junk : {parent, parent | FUTEX_WAITERS, parent | FUTEX_OWNER_DIED}) {
    shared_->lock.store(junk);
    EXPECT_EQ(RobustLock(shared_->lock, Deadline::After(milliseconds(5))).error().code,
              Errc::kTimedOut);
  }
}

}  // namespace
}  // namespace ipc_hammer
