#include "properties/faults/wall_clock.h"

#include <gtest/gtest.h>
#include <sys/time.h>
#include <time.h>

namespace ipc_hammer {
namespace {

using std::chrono::seconds;

time_t Realtime(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec;
}

time_t TimeOfDay() {
  timeval now{};
  gettimeofday(&now, nullptr);
  return now.tv_sec;
}

time_t SystemClock() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

using Read = time_t (*)();

class WallClockTest : public testing::TestWithParam<Read> {};

TEST_P(WallClockTest, IsStepped) {
  const time_t before = GetParam()();
  for (const seconds by : {seconds(3600), seconds(-120)}) {
    const WallClockStep step(by, 0);
    EXPECT_NEAR(static_cast<double>(GetParam()() - before), static_cast<double>(by.count()), 60);
  }
  EXPECT_NEAR(static_cast<double>(GetParam()()), static_cast<double>(before), 60);
}

TEST_P(WallClockTest, IsSteppedAfterSomeReadings) {
  const time_t before = GetParam()();
  const WallClockStep step(seconds(3600), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_NEAR(static_cast<double>(GetParam()()), static_cast<double>(before), 60);
  }
  EXPECT_NEAR(static_cast<double>(GetParam()() - before), 3600, 60);
}

INSTANTIATE_TEST_SUITE_P(Readings, WallClockTest,
                         testing::Values([] { return Realtime(CLOCK_REALTIME); },
                                         [] { return Realtime(CLOCK_REALTIME_COARSE); }, TimeOfDay,
                                         [] { return time(nullptr); }, SystemClock));

TEST(WallClock, TheMonotonicClockGoesOn) {
  const time_t before = Realtime(CLOCK_MONOTONIC);
  const WallClockStep step(seconds(3600), 0);
  EXPECT_NEAR(static_cast<double>(Realtime(CLOCK_MONOTONIC)), static_cast<double>(before), 60);
}

}  // namespace
}  // namespace ipc_hammer
