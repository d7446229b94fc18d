#include "stress/runner/adversary.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "stress/actors/ordeal.h"

namespace ipc_hammer {
namespace {

using std::chrono::microseconds;

constexpr microseconds kLookEvery{1000};

microseconds Every(const Adversities& adversities) {
  microseconds every = microseconds::max();
  if (adversities.stop_us != 0) every = std::min(kLookEvery, microseconds(adversities.stop_us));
  if (adversities.signal_us != 0) every = std::min(every, microseconds(adversities.signal_us));
  return every == microseconds::max() ? microseconds::zero() : every;
}

}  // namespace

Adversary::Adversary(const Program& program)
    : adversities_(program.adversities),
      every_(Every(program.adversities)),
      random_(program.seed) {}

void Adversary::Act(std::int64_t now_ns, std::span<const Victim> victims) {
  if (adversities_.stop_us != 0) Stop(now_ns, victims);
  if (adversities_.signal_us != 0) Signal(now_ns, victims);
}

// One at a time; between two all go on, for up to as long as one is stopped.
void Adversary::Stop(std::int64_t now_ns, std::span<const Victim> victims) {
  if (now_ns < stop_changes_at_ns_ || (victims.empty() && stopped_ == nullptr)) return;
  std::int64_t for_us = adversities_.stop_us;
  if (stopped_ != nullptr) {
    LetGo();
    for_us = static_cast<std::int64_t>(random_() % (adversities_.stop_us + 1));
  } else {
    stopped_ = victims[random_() % victims.size()].process;
    stopped_->Signal(SIGSTOP);
  }
  stop_changes_at_ns_ = now_ns + for_us * 1000;
}

void Adversary::Signal(std::int64_t now_ns, std::span<const Victim> victims) {
  if (now_ns - signalled_at_ns_ < std::int64_t{adversities_.signal_us} * 1000) return;
  signalled_at_ns_ = now_ns;
  for (const Victim& victim : victims) victim.process->Signal(kOrdealSignal, victim.thread);
}

// It may have finished before it was stopped.
void Adversary::LetGo() {
  if (stopped_ != nullptr) std::exchange(stopped_, nullptr)->Signal(SIGCONT);
}

}  // namespace ipc_hammer
