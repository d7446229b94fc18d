#include "stress/runner/watchdog.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/program/text.h"
#include "stress/process/thread_sight.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kOverrunNs = 2 * kSecond;
// Between two looks no more is counted: the machine, and the watchdog with it, may stand still.
constexpr std::int64_t kLookMaxNs = kSecond / 10;
// A call that lasts so long is looked at for its processor time, over so long again.
constexpr std::int64_t kSpinAfterNs = kSecond / 2;
constexpr std::int64_t kSpinWindowNs = 2 * kSecond;
constexpr std::int64_t kSpinCpuNs = kSecond / 10;
// So long nobody moves and nobody should before the run is taken as over.
constexpr std::int64_t kStuckAfterNs = 3 * kSecond / 10;
// So often somebody asks for what has been sent, and gets nothing, before it is not there.
constexpr std::uint64_t kCallsInVain = 100;

double Seconds(std::int64_t ns) { return static_cast<double>(ns) / kSecond; }

}  // namespace

Watchdog::Watchdog(const FlightRecorder& recorder, const Program& program, const Traits& traits,
                   std::chrono::nanoseconds hang_after)
    : recorder_(recorder),
      program_(program),
      traits_(traits),
      hang_after_ns_(hang_after.count()),
      sights_(program.actors()) {}

Watchdog::Verdict Watchdog::Look(std::int64_t now_ns) {
  std::int64_t moved_at_ns = 0;
  bool all_open = true, any = false;
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    Observe(actor, now_ns);
    moved_at_ns = std::max(moved_at_ns, sights_[actor].progress_at_ns);
    if (!Runs(actor)) continue;
    any = true;
    all_open = all_open && WaitOf(actor) == Wait::kOpen;
    JudgeDeadline(actor, now_ns);
    JudgeSpin(actor, now_ns);
  }
  const std::int64_t still_ns = now_ns - moved_at_ns;
  if (still_ns > hang_after_ns_) JudgeHang(still_ns);
  if (!violations_.empty()) return Verdict::kBroken;
  // Whoever is blocked without need may still spin: that is judged first.
  const bool over = any && all_open && still_ns > kStuckAfterNs;
  return over && AllBlocked() ? Verdict::kStuck : Verdict::kMoves;
}

bool Watchdog::Runs(std::uint32_t actor) const {
  return recorder_.slot(actor).state.load(std::memory_order_acquire) == ActorState::kRunning;
}

bool Watchdog::Blocked(std::uint32_t actor) const {
  const ActorSlot& slot = recorder_.slot(actor);
  return IsBlocked(slot.pid.load(std::memory_order_relaxed),
                   slot.tid.load(std::memory_order_relaxed));
}

bool Watchdog::AllBlocked() const {
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    if (Runs(actor) && !Blocked(actor)) return false;
  }
  return true;
}

// One that could run and is not let, or is about to end, does not hang.
void Watchdog::JudgeHang(std::int64_t still_ns) {
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    if (!Runs(actor)) continue;
    const bool hangs = WaitOf(actor) == Wait::kOver && Blocked(actor);
    if (!hangs && !AsksInVain(actor)) continue;
    violations_.push_back(
        {Rule::kNoHang,
         fmt::format("nobody has moved for {:.1f} s, and {}", Seconds(still_ns), Standing(actor)),
         Violation::kNoEvent});
    return;
  }
}

// What has been sent is not there for one who asks for it again and again, and nobody goes on.
bool Watchdog::AsksInVain(std::uint32_t actor) const {
  const Sight& sight = sights_[actor];
  return recorder_.slot(actor).draining.load(std::memory_order_relaxed) &&
         sight.events - sight.events_at_progress > kCallsInVain && ShouldReceive(actor);
}

void Watchdog::Observe(std::uint32_t actor, std::int64_t now_ns) {
  const ActorSlot& slot = recorder_.slot(actor);
  Sight& sight = sights_[actor];
  const std::uint64_t progress = slot.progress.load(std::memory_order_acquire);
  const std::uint64_t events = slot.events.load(std::memory_order_acquire);
  if (sight.progress_at_ns == 0 || progress != sight.progress) {
    sight.progress_at_ns = now_ns;
    sight.events_at_progress = events;
  }
  if (sight.active_at_ns == 0 || progress != sight.progress || events != sight.events) {
    sight.active_at_ns = now_ns;
    sight.times_at_ns = 0;
    sight.overdue_at_ns = 0;
    sight.overdue_ns = 0;
  }
  sight.progress = progress;
  sight.events = events;
}

void Watchdog::JudgeDeadline(std::uint32_t actor, std::int64_t now_ns) {
  Sight& sight = sights_[actor];
  const std::uint32_t timeout_us = recorder_.slot(actor).timeout_us.load(std::memory_order_relaxed);
  const std::int64_t blocked_ns = now_ns - sight.active_at_ns;
  const bool has_time =
      timeout_us == kTimeoutNever || blocked_ns <= std::int64_t{timeout_us} * 1000;
  if (has_time) return;
  CountOverdue(actor, now_ns);
  if (sight.overdue_ns <= kOverrunNs) return;
  violations_.push_back({Rule::kDeadline,
                         fmt::format("for {:.1f} s {}, beyond its deadline of {} us",
                                     Seconds(blocked_ns), Standing(actor), timeout_us),
                         Violation::kNoEvent});
}

// One that could run and is not let is late, but not by its own doing.
void Watchdog::CountOverdue(std::uint32_t actor, std::int64_t now_ns) {
  Sight& sight = sights_[actor];
  const ActorSlot& slot = recorder_.slot(actor);
  const auto times =
      TimesOf(slot.pid.load(std::memory_order_relaxed), slot.tid.load(std::memory_order_relaxed));
  if (!times) return;
  const bool first = sight.overdue_at_ns == 0;
  const bool is_let = Blocked(actor) || times->cpu_ns != sight.overdue_cpu_ns;
  if (!first && is_let) {
    sight.overdue_ns += std::min(now_ns - sight.overdue_at_ns, kLookMaxNs);
  }
  sight.overdue_at_ns = now_ns;
  sight.overdue_cpu_ns = times->cpu_ns;
}

void Watchdog::JudgeSpin(std::uint32_t actor, std::int64_t now_ns) {
  Sight& sight = sights_[actor];
  if (now_ns - sight.active_at_ns < kSpinAfterNs) return;
  const ActorSlot& slot = recorder_.slot(actor);
  if (sight.times_at_ns != 0 && now_ns - sight.times_at_ns < kSpinWindowNs) return;
  const auto times =
      TimesOf(slot.pid.load(std::memory_order_relaxed), slot.tid.load(std::memory_order_relaxed));
  if (!times) return;
  // While others keep it from the processor it can neither spin nor sleep.
  const std::int64_t own_ns = now_ns - sight.times_at_ns - (times->delay_ns - sight.times.delay_ns);
  const std::int64_t cpu_ns = times->cpu_ns - sight.times.cpu_ns;
  if (sight.times_at_ns != 0 && cpu_ns > kSpinCpuNs && cpu_ns > own_ns / 2) {
    violations_.push_back({Rule::kNoSpin,
                           fmt::format("{}, and used the processor for {:.2f} s of the {:.2f} s in "
                                       "which it was not kept from it",
                                       Standing(actor), Seconds(cpu_ns), Seconds(own_ns)),
                           Violation::kNoEvent});
  }
  sight.times_at_ns = now_ns;
  sight.times = *times;
}

const Operation* Watchdog::Current(std::uint32_t actor) const {
  const std::uint32_t index = recorder_.slot(actor).operation_index.load(std::memory_order_relaxed);
  return index < program_.operations.size() ? &program_.operations[index] : nullptr;
}

// Whether what the actor waits for is surely there. Counts are lower bounds of what happened, so
// every comparison leaves room for what a blocked or dead actor may have done and not counted.
Watchdog::Wait Watchdog::WaitOf(std::uint32_t actor) const {
  const ActorSlot& slot = recorder_.slot(actor);
  const Operation* op = Current(actor);
  switch (slot.closer.load(std::memory_order_acquire)) {
    case CloserState::kIdle:
      break;
    case CloserState::kAsked:
      return Wait::kTimed;
    case CloserState::kCloses:
      return Wait::kOver;  // what has no deadline does not block
    case CloserState::kHasClosed:
      if (traits_.close_wakes) return Wait::kOver;
  }
  if (slot.timeout_us.load(std::memory_order_relaxed) != kTimeoutNever) return Wait::kTimed;
  if (op == nullptr) return Wait::kOpen;  // it stays for its peers
  bool over = true;
  if (op->action == Action::kReceive || op->action == Action::kDrain) over = ShouldReceive(actor);
  if (op->action == Action::kSend) over = ShouldSend(actor, *op);
  return over ? Wait::kOver : Wait::kOpen;
}

namespace {

struct Totals {
  std::uint64_t sent = 0, received = 0, sent_bytes = 0, received_bytes = 0;
  std::uint64_t uncounted_sends = 0, uncounted_receives = 0;
};

std::uint64_t Load(const std::atomic<std::uint64_t>& counter) {
  return counter.load(std::memory_order_acquire);
}

}  // namespace

static Totals TotalsFrom(Role sender, const FlightRecorder& recorder, const Program& program) {
  Totals totals;
  for (std::uint32_t i = 0; i < program.actors(); ++i) {
    const ActorSlot& slot = recorder.slot(i);
    const bool dead = slot.state.load(std::memory_order_acquire) == ActorState::kDead;
    if (program.role(i) == sender) {
      totals.sent += Load(slot.sent);
      totals.sent_bytes += Load(slot.sent_bytes);
      totals.uncounted_sends += dead ? 1 : 0;
    } else {
      totals.received += Load(slot.received);
      totals.received_bytes += Load(slot.received_bytes);
      totals.uncounted_receives += dead ? 1 : 0;
    }
  }
  return totals;
}

bool Watchdog::ShouldReceive(std::uint32_t actor) const {
  const Role sender = program_.role(actor) == Role::kProducer ? Role::kConsumer : Role::kProducer;
  if (traits_.end_of_file != EndOfFile::kNever && AllGone(sender)) return true;
  if (traits_.lossy) return false;
  const bool only_receiver = program_.role(actor) == Role::kConsumer || program_.producers == 1;
  const Totals totals = TotalsFrom(sender, recorder_, program_);
  if (!only_receiver || totals.uncounted_receives > 0) return false;
  return traits_.shape == Shape::kBytes ? totals.sent_bytes > totals.received_bytes
                                        : totals.sent > totals.received;
}

bool Watchdog::ShouldSend(std::uint32_t actor, const Operation& send) const {
  const Role role = program_.role(actor);
  const Role receiver = role == Role::kProducer ? Role::kConsumer : Role::kProducer;
  if (traits_.send_needs_consumer && AllGone(receiver)) return true;
  if (AllGone(receiver)) return false;
  const Totals totals = TotalsFrom(role, recorder_, program_);
  const std::uint64_t sent = totals.sent + totals.uncounted_sends;
  const std::uint64_t queued = sent > totals.received ? sent - totals.received : 0;
  if (traits_.exact_capacity) return queued < program_.capacity_messages;
  const std::uint64_t sent_bytes = totals.sent_bytes + totals.uncounted_sends * send.size_bytes;
  const std::uint64_t queued_bytes =
      sent_bytes > totals.received_bytes ? sent_bytes - totals.received_bytes : 0;
  return (traits_.shape == Shape::kBytes || queued < traits_.floor_messages) &&
         queued_bytes + send.size_bytes <= traits_.floor_bytes;
}

bool Watchdog::AllGone(Role role) const {
  for (std::uint32_t i = 0; i < program_.actors(); ++i) {
    if (program_.role(i) == role &&
        recorder_.slot(i).state.load(std::memory_order_acquire) < ActorState::kFinished) {
      return false;
    }
  }
  return true;
}

std::string Watchdog::Name(std::uint32_t actor) const { return ActorName(program_, actor); }

std::string Watchdog::Standing(std::uint32_t actor) const {
  const Operation* op = Current(actor);
  return fmt::format("{} is in \"{}\"", Name(actor),
                     op == nullptr ? "nothing" : ToText(program_, *op));
}

std::string Watchdog::Report(std::int64_t now_ns) const {
  constexpr std::string_view kStates[] = {"absent", "at the start line", "running", "finished",
                                          "dead"};
  std::string text;
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    const ActorSlot& slot = recorder_.slot(actor);
    const ActorState state = slot.state.load(std::memory_order_acquire);
    const pid_t pid = slot.pid.load(std::memory_order_relaxed);
    text += fmt::format("{} (process {}) {}", Name(actor), pid,
                        kStates[static_cast<std::size_t>(state)]);
    if (state == ActorState::kRunning) {
      text += fmt::format(": {}, for {:.1f} s; {}", Standing(actor),
                          Seconds(now_ns - sights_[actor].active_at_ns),
                          DescribeThread(pid, slot.tid.load(std::memory_order_relaxed)));
    }
    text += fmt::format("; sent {}, received {}\n", Load(slot.sent), Load(slot.received));
  }
  return text;
}

}  // namespace ipc_hammer
