#include "properties/faults/wall_clock.h"

#include <sys/time.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace ipc_hammer {
namespace {

constinit std::atomic<std::int64_t> step_seconds = 0;
constinit std::atomic<int> readings_left = 0;

// What the next reading is to be wrong by.
std::int64_t Wrong() {
  const std::int64_t seconds = step_seconds.load(std::memory_order_relaxed);
  if (seconds == 0) [[likely]]
    return 0;
  return readings_left.fetch_sub(1) > 0 ? 0 : seconds;
}

}  // namespace

WallClockStep::WallClockStep(std::chrono::seconds by, int true_readings) {
  readings_left = true_readings;
  step_seconds = by.count();
}

WallClockStep::~WallClockStep() { step_seconds = 0; }

}  // namespace ipc_hammer

// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" int __real_clock_gettime(clockid_t clock, timespec* time);
extern "C" int __wrap_clock_gettime(clockid_t clock, timespec* time) {
  const int result = __real_clock_gettime(clock, time);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
    time->tv_sec += ipc_hammer::Wrong();
  }
  return result;
}

extern "C" int __real_gettimeofday(timeval* time, void* zone);
extern "C" int __wrap_gettimeofday(timeval* time, void* zone) {
  const int result = __real_gettimeofday(time, zone);
  if (time != nullptr) time->tv_sec += ipc_hammer::Wrong();
  return result;
}

extern "C" time_t __real_time(time_t* time);
extern "C" time_t __wrap_time(time_t* time) {
  const time_t now = __real_time(nullptr) + ipc_hammer::Wrong();
  if (time != nullptr) *time = now;
  return now;
}

// std::chrono::system_clock::now(), which lies in the C++ library, by the linker's name for it.
extern "C" std::int64_t __real__ZNSt6chrono3_V212system_clock3nowEv();
extern "C" std::int64_t __wrap__ZNSt6chrono3_V212system_clock3nowEv() {
  return __real__ZNSt6chrono3_V212system_clock3nowEv() + ipc_hammer::Wrong() * 1'000'000'000;
}
// NOLINTEND(bugprone-reserved-identifier)
