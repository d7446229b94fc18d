#include "stress/actors/preemption.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace ipc_hammer {
namespace {

// Nothing that a transport, the C library or the ordeal uses.
constexpr int kRestSignal = SIGUSR2;
// Between two rests there is up to so many times the longest of them.
constexpr std::uint32_t kWorkToRest = 4;

// This thread's, for its handler.
constinit thread_local Preemption* current = nullptr;

}  // namespace

Preemption::Preemption(std::uint32_t longest_us, std::uint64_t seed)
    : longest_us_(longest_us), random_(static_cast<std::uint32_t>(seed ^ seed >> 32)) {
  if (longest_us == 0) return;
  struct sigaction action{};
  action.sa_handler = Handle;
  action.sa_flags = SA_RESTART;
  if (sigaction(kRestSignal, &action, nullptr) != 0) return;
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kRestSignal;
  event._sigev_un._tid = gettid();
  if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return;
  is_on_ = true;
  current = this;
  RestLater();
}

// A signal that is already on its way finds nobody.
Preemption::~Preemption() {
  if (!is_on_) return;
  current = nullptr;
  timer_delete(timer_);
}

void Preemption::Handle(int) {
  if (current == nullptr) return;
  const int saved = errno;
  const timespec rest = current->UpTo(current->longest_us_);
  nanosleep(&rest, nullptr);
  current->RestLater();
  errno = saved;
}

timespec Preemption::UpTo(std::uint32_t most_us) {
  const std::uint64_t us = 1 + random_() % most_us;
  return {.tv_sec = static_cast<time_t>(us / 1'000'000),
          .tv_nsec = static_cast<long>(us % 1'000'000 * 1'000)};
}

void Preemption::RestLater() {
  const itimerspec once{.it_interval = {}, .it_value = UpTo(longest_us_ * kWorkToRest)};
  timer_settime(timer_, 0, &once, nullptr);
}

}  // namespace ipc_hammer
