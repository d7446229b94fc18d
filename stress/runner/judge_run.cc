// What a run's record says about it once everybody has gone.
#include <fmt/format.h>

#include <algorithm>

#include "properties/checkers/checkers.h"
#include "properties/checkers/ledger.h"
#include "stress/runner/run.h"

namespace ipc_hammer {
namespace {

// Less than that, while waiting, is what a system call and a sanitizer may use.
constexpr std::uint64_t kCpuWorthNs = 20'000'000;
// Whoever spins would use all of it, but a virtual machine may stand still meanwhile.
constexpr std::uint64_t kSpinningShare = 4;

// What holds even for kinds that a kill may leave stuck.
bool HoldsAfterAnyKill(Rule rule) {
  return rule == Rule::kIntegrity || rule == Rule::kNoDuplicate || rule == Rule::kNoInvention;
}

}  // namespace

void Run::Sum() {
  report_.operations = report_.messages = report_.bytes = 0;
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    const ActorSlot& slot = recorder_->slot(actor);
    report_.operations += slot.progress.load(std::memory_order_relaxed);
    report_.messages += slot.received.load(std::memory_order_relaxed);
    report_.bytes += slot.received_bytes.load(std::memory_order_relaxed);
  }
}

void Run::Judge() {
  report_.history = recorder_->AllEvents();
  if (!recorder_->control().keep_history) {
    JudgeLedger();
    JudgeCounts();
  } else if (recorder_->IsComplete()) {
    report_.history_judged = true;
    JudgeHistory();
  }
  JudgeSlots();
  const Complaint& complaint = recorder_->control().complaint;
  if (complaint.state.load(std::memory_order_acquire) == 2) {
    Violate(complaint.rule, complaint.text);
  }
}

// Judges know nothing of kinds that declare what a kill may do to them.
void Run::Keep(std::vector<Violation> violations) {
  for (Violation& violation : violations) {
    if (!killed_.empty() && !kind_.traits.survives_kill && !HoldsAfterAnyKill(violation.rule)) {
      continue;
    }
    report_.violations.push_back(std::move(violation));
  }
}

void Run::JudgeHistory() {
  CheckOptions options;
  options.drained = Drained();
  options.killed = killed_;
  options.watched = true;
  Keep(CheckHistory(program_, kind_.traits, report_.history, options));
}

void Run::JudgeLedger() {
  std::vector<const Ledger*> sent, received;
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    recorder_->sent(actor).Recover();
    recorder_->received(actor).Recover();
    sent.push_back(&recorder_->sent(actor));
    received.push_back(&recorder_->received(actor));
  }
  const LedgerOptions options{.drained = NothingMayBeLeft() && !kind_.traits.lossy,
                              .ordered = KeepsSequences(program_, kind_.traits)};
  Keep(JudgeLedgers(program_, sent, received, options));
}

// What has no identity is compared by number all the same; a killed actor explains a difference.
void Run::JudgeCounts() {
  if (!report_.violations.empty() || !killed_.empty() || !NothingMayBeLeft()) return;
  const bool bytes = kind_.traits.shape == Shape::kBytes;
  std::uint64_t sent = 0, received = 0;
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    const ActorSlot& slot = recorder_->slot(actor);
    sent += (bytes ? slot.sent_bytes : slot.sent).load(std::memory_order_relaxed);
    received += (bytes ? slot.received_bytes : slot.received).load(std::memory_order_relaxed);
  }
  if (sent == received || (sent > received && kind_.traits.lossy)) return;
  Violate(
      sent > received ? Rule::kNoLoss : Rule::kNoInvention,
      fmt::format("{} {} were sent and {} received", sent, bytes ? "bytes" : "messages", received));
}

// Loss is told by the ledgers where somebody received to the end, in both directions of duplex
// kinds, and no receiver died with what was queued for it.
bool Run::NothingMayBeLeft() const {
  const bool receiver_died = std::ranges::any_of(killed_, [&](std::uint32_t actor) {
    return kind_.traits.duplex || program_.role(actor) == Role::kConsumer;
  });
  const bool answers = std::ranges::any_of(program_.operations, [&](const Operation& op) {
    return op.action == Action::kSend && program_.role(op.actor) == Role::kConsumer;
  });
  return Drained() && !receiver_died && !answers;
}

void Run::JudgeSlots() {
  for (std::uint32_t actor = 0; actor < program_.actors(); ++actor) {
    const ActorSlot& slot = recorder_->slot(actor);
    const std::uint64_t idle_ns = slot.idle_ns.load(std::memory_order_relaxed);
    const std::uint64_t cpu_ns = slot.idle_cpu_ns.load(std::memory_order_relaxed);
    const bool may_be_broken = !killed_.empty() && !kind_.traits.survives_kill;
    if (!may_be_broken && cpu_ns > kCpuWorthNs && cpu_ns > idle_ns / kSpinningShare) {
      Violate(Rule::kNoSpin, fmt::format("{} waited in vain for {} ms in all and used the "
                                         "processor for {} ms of it",
                                         Name(actor), idle_ns / 1'000'000, cpu_ns / 1'000'000));
    }
    if (!slot.missed_end.load(std::memory_order_acquire)) continue;
    if (may_be_broken) continue;
    Violate(killed_.empty() ? Rule::kClose : Rule::kSurviveKill,
            fmt::format("every sender is gone, and {} is not told of the end", Name(actor)));
  }
}

bool Run::Drained() const {
  if (broken_ != Broken::kNo) return false;
  return std::ranges::any_of(program_.operations, [&](const Operation& op) {
    const ActorSlot& slot = recorder_->slot(op.actor);
    return op.action == Action::kDrain && op.timeout_us == kTimeoutNever &&
           program_.role(op.actor) == Role::kConsumer &&
           slot.state.load() == ActorState::kFinished && slot.drained.load();
  });
}

void Run::JudgeCensus() {
  const CensusDifference difference = Compare(before_, TakeCensus(scope_));
  if (!difference.changes.empty()) {
    report_.census = ToString(difference);
    Violate(Rule::kNoLeak,
            fmt::format("{} things differ after the run, first: {}", difference.changes.size(),
                        report_.census.substr(0, report_.census.find('\n'))));
  } else if (!difference.unknown.empty()) {
    report_.log += fmt::format("census: {}\n", ToString(difference));
  }
}

}  // namespace ipc_hammer
