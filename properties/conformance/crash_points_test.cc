// A victim dies where it was told to, whichever way it was brought there, and stops at what it was
// told to watch.
#include "properties/conformance/crash_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace ipc_hammer {
namespace {

// What a victim shares: how far it has come.
class SharedSteps {
 public:
  SharedSteps()
      : count_(static_cast<volatile int*>(
            mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedSteps() { munmap(const_cast<int*>(count_), 4096); }
  SharedSteps(const SharedSteps&) = delete;
  SharedSteps& operator=(const SharedSteps&) = delete;

  volatile int& count() { return *count_; }

 private:
  volatile int* count_;
};

VictimBody Counts(SharedSteps& shared, int steps) {
  return {.prepare = [] { return true; },
          .operation =
              [&shared, steps] {
                for (int i = 1; i <= steps; ++i) shared.count() = i;
                getppid();
                for (int i = 1; i <= steps; ++i) shared.count() = steps + i;
              }};
}

// What the victim has left when it was killed there.
int KilledAt(SharedSteps& shared, int steps, const CrashPoint& point) {
  shared.count() = 0;
  Victim victim(Counts(shared, steps));
  EXPECT_TRUE(victim.is_ready());
  victim.KillAt(point);
  return shared.count();
}

TEST(CrashPoints, EachChangeOfSharedMemoryIsOneAndIsComeToByStepsAndByBreakpoint) {
  if (!kFindsCrashPoints) GTEST_SKIP() << "stepping through ThreadSanitizer takes minutes";
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  constexpr int kSteps = 16;
  SharedSteps shared;
  Victim stepped(Counts(shared, kSteps));
  ASSERT_TRUE(stepped.is_ready());
  const std::vector<CrashPoint> points = stepped.FindCrashPoints();
  std::vector<int> seen;
  for (const CrashPoint& point : points) {
    seen.push_back(KilledAt(shared, kSteps, point));
    CrashPoint the_long_way = point;
    the_long_way.arrivals = point.instructions;
    EXPECT_EQ(KilledAt(shared, kSteps, the_long_way), seen.back());
  }
  EXPECT_TRUE(std::ranges::is_sorted(seen)) << testing::PrintToString(seen);
  std::vector<int> each(2 * kSteps + 1);
  std::ranges::generate(each, [next = 0]() mutable { return next++; });
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen, each);
}

TEST(WatchedWords, EachReadAndEachWriteIsAStopAndAChangeThereIsSeenByTheNextRead) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  SharedSteps shared;
  volatile int* const words = &shared.count();
  Victim victim({.prepare = [] { return true; },
                 .operation =
                     [words] {
                       words[3] = words[1];  // two stops, one for each word
                       raise(SIGSTOP);
                       words[2] = 1;  // not watched
                       const int first = words[1];
                       const int second = words[1];
                       _exit(first == 7 && second == 8 ? 0 : 1);
                     }});
  ASSERT_TRUE(victim.is_ready());
  const auto address = [&](int i) { return reinterpret_cast<std::uint64_t>(words + i); };
  if (!victim.Watch(std::array{address(1), address(3)})) GTEST_SKIP() << "no debug registers here";
  std::uint32_t accessed = 0;
  ASSERT_EQ(victim.RunToAccess(accessed), Victim::Came::kToAccess);
  EXPECT_EQ(accessed, 1U);
  ASSERT_EQ(victim.RunToAccess(accessed), Victim::Came::kToAccess);
  EXPECT_EQ(accessed, 2U);
  ASSERT_EQ(victim.RunToAccess(accessed), Victim::Came::kToPause);
  words[1] = 7;
  ASSERT_EQ(victim.RunToAccess(accessed), Victim::Came::kToAccess);
  words[1] = 8;
  ASSERT_TRUE(victim.Watch({}));
  EXPECT_EQ(victim.GoOn(kStuckAfter), "exit 0");
}

}  // namespace
}  // namespace ipc_hammer
