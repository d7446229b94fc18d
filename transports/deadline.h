// Deadline: until when an operation may block. An absolute point on CLOCK_MONOTONIC, so that
// neither a clock step nor an interrupted and repeated wait makes it longer or shorter.
#ifndef IPC_HAMMER_TRANSPORTS_DEADLINE_H_
#define IPC_HAMMER_TRANSPORTS_DEADLINE_H_

#include <time.h>

#include <chrono>
#include <cstdint>
#include <limits>

#include "transports/error.h"

namespace ipc_hammer {

// Nanoseconds on CLOCK_MONOTONIC.
inline std::int64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class Deadline {
 public:
  static Deadline Now() { return Deadline(kNow); }      // never block
  static Deadline Never() { return Deadline(kNever); }  // block until it is done
  static Deadline After(std::chrono::nanoseconds duration) {
    const std::int64_t now = MonotonicNs();
    const std::int64_t ns = duration.count() <= 0 ? 0 : duration.count();
    return Deadline(ns > kNever - 1 - now ? kNever - 1 : now + ns);
  }

  bool is_now() const { return at_ns_ == kNow; }
  bool is_never() const { return at_ns_ == kNever; }
  bool HasPassed() const { return is_now() || (!is_never() && MonotonicNs() >= at_ns_); }

  // What an operation that could not be done before the deadline returns.
  Errc expired() const { return is_now() ? Errc::kWouldBlock : Errc::kTimedOut; }

  // The absolute CLOCK_MONOTONIC time, for futex, sem_clockwait. REQUIRES: !is_never().
  timespec Absolute() const {
    return {static_cast<time_t>(at_ns_ / 1'000'000'000), static_cast<long>(at_ns_ % 1'000'000'000)};
  }

  // What is left, at least 0, for ppoll and friends. REQUIRES: !is_never().
  timespec Remaining() const {
    const std::int64_t left = is_now() ? 0 : at_ns_ - MonotonicNs();
    const std::int64_t ns = left < 0 ? 0 : left;
    return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  }

 private:
  static constexpr std::int64_t kNow = 0;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  explicit Deadline(std::int64_t at_ns) : at_ns_(at_ns) {}
  std::int64_t at_ns_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_DEADLINE_H_
