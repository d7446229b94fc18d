#include "stress/actors/closer.h"

#include <sys/prctl.h>
#include <time.h>

#include <cerrno>

#include "stress/recorder/word_wait.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void SleepUntil(std::int64_t at_ns) {
  const timespec at{at_ns / kSecond, at_ns % kSecond};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

}  // namespace

Closer::~Closer() {
  if (!thread_.joinable()) return;
  ends_.store(true, std::memory_order_relaxed);
  Turn();
  thread_.join();
}

void Closer::Start() {
  thread_ = std::thread([this] { Work(); });
}

void Closer::Turn() {
  turn_.fetch_add(1, std::memory_order_release);
  FutexWake(turn_, 1);
}

void Closer::Ask(Endpoint& endpoint, Direction direction, std::uint32_t after_us) {
  asked_ = true;
  endpoint_ = &endpoint;
  closing_ = {.direction = direction, .result = {}};
  at_ns_ = MonotonicNs() + std::int64_t{after_us} * 1000;
  slot_.closer.store(CloserState::kAsked, std::memory_order_release);
  Turn();
}

const Closer::Closing& Closer::Await() {
  for (std::uint32_t turn = 0; (turn = turn_.load(std::memory_order_acquire)) % 2 != 0;) {
    WaitWhileEqual(turn_, turn, Deadline::Never());
  }
  asked_ = false;
  slot_.closer.store(CloserState::kIdle, std::memory_order_release);
  return closing_;
}

void Closer::Work() {
  prctl(PR_SET_TIMERSLACK, 1UL);  // otherwise it comes 50 microseconds late
  for (std::uint32_t turn = 0;; turn += 2) {
    WaitWhileEqual(turn_, turn, Deadline::Never());
    if (ends_.load(std::memory_order_relaxed)) return;
    SleepUntil(at_ns_);
    slot_.closer.store(CloserState::kCloses, std::memory_order_release);
    closing_.start_ns = MonotonicNs();
    closing_.result = endpoint_->CloseDirection(closing_.direction);
    closing_.end_ns = MonotonicNs();
    slot_.closer.store(CloserState::kHasClosed, std::memory_order_release);
    Turn();
  }
}

}  // namespace ipc_hammer
