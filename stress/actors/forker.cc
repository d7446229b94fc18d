#include "stress/actors/forker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace ipc_hammer {
namespace {

constexpr long kLingerNs = 3'000'000;

std::int64_t NowUs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

// Only what is async-signal-safe: the parent may have had other threads.
[[noreturn]] void BeChild(std::uint32_t nth) {
  static char name[] = "true";
  static char* arguments[] = {name, nullptr};
  static char* environment[] = {nullptr};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (nth % 3 == 1) execve("/bin/true", arguments, environment);
  if (nth % 3 == 2) {
    const timespec linger{0, kLingerNs};
    nanosleep(&linger, nullptr);
  }
  _exit(0);
}

}  // namespace

void Forker::ForkIfItIsTime() {
  const std::int64_t now_us = NowUs();
  if (now_us < next_at_us_) return;
  if (alive_ == kChildrenMax) AwaitChildren();
  const pid_t child = fork();
  if (child == 0) BeChild(forks_);
  // Where the machine has no room for one more, the next time is soon.
  if (child > 0) children_[alive_++] = child;
  ++forks_;
  next_at_us_ = NowUs() + every_us_;
}

void Forker::AwaitChildren() {
  while (alive_ > 0) {
    const pid_t child = children_[--alive_];
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

}  // namespace ipc_hammer
