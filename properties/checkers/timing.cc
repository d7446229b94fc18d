#include "properties/checkers/timing.h"

#include <algorithm>
#include <limits>
#include <span>

#include "properties/program/text.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

bool CanWait(Action action) {
  return action == Action::kSend || action == Action::kReceive || action == Action::kDrain ||
         action == Action::kOpen;
}

void CheckLate(const Case& subject, EventIndex i, Report& report) {
  const Event& event = subject.history[i];
  if (event.timeout_us == kTimeoutNever) return;
  const std::int64_t took = event.end_ns - event.start_ns;
  if (took <= std::int64_t{event.timeout_us} * 1000 + subject.options.slack_ns) return;
  report.Add(Rule::kDeadline, i, "{} of {} with a deadline of {} us took {} us",
             ToString(event.action), ActorName(subject.program, event.actor), event.timeout_us,
             took / 1000);
}

// Whether the call gave up as its timeout says: would_block at once, or timed_out not early.
void CheckGivingUp(const Case& subject, EventIndex i, Report& report) {
  const Event& event = subject.history[i];
  const bool would_block = event.outcome.error == Errc::kWouldBlock;
  if (!would_block && event.outcome.error != Errc::kTimedOut) return;
  // One receive of a drain has what is left of the drain's timeout.
  if (event.action == Action::kDrain || FaultExplains(subject, event)) return;
  const bool may_wait = event.timeout_us != kTimeoutNow;
  const Rule rule = event.outcome.fault_fired ? Rule::kInterrupted : Rule::kDeadline;
  const std::int64_t took = event.end_ns - event.start_ns;
  if (would_block == may_wait || event.timeout_us == kTimeoutNever) {
    report.Add(rule, i, "{} of {} said {}, but it had {}", ToString(event.action),
               ActorName(subject.program, event.actor), ToString(event.outcome.error),
               !may_wait                           ? "no time to wait"
               : event.timeout_us == kTimeoutNever ? "all the time to wait"
                                                   : "time to wait");
  } else if (took < std::int64_t{event.timeout_us} * 1000) {
    report.Add(rule, i, "{} of {} timed out after {} ns, its deadline was {} us",
               ToString(event.action), ActorName(subject.program, event.actor), took,
               event.timeout_us);
  }
}

// A receiver that waited beside a message for all of the slack, and left without it: a wake-up was
// lost. The message that was queued the longest tells.
void CheckOverlooked(const Case& subject, const Lane& lane, Report& report) {
  if (!lane.pending_receives.empty() || !lane.corrupt_receives.empty()) return;
  std::vector<const Message*> by_end;
  for (const Message& message : lane.messages) by_end.push_back(&message);
  std::ranges::sort(by_end, {}, &Message::send_end);
  const Message* last = nullptr;  // of those sent so far: the one that was received last
  std::vector<const Message*> last_received(by_end.size());
  for (std::size_t i = 0; i < by_end.size(); ++i) {
    if (last == nullptr || by_end[i]->receive_start > last->receive_start) last = by_end[i];
    last_received[i] = last;
  }
  for (const EventIndex i : lane.empties) {
    const Event& event = subject.history[i];
    const std::int64_t since = event.end_ns - subject.options.slack_ns;
    if (event.start_ns >= since || event.end_ns >= lane.abandoned_from) continue;
    const auto found = std::ranges::lower_bound(by_end, since, {}, &Message::send_end);
    if (found == by_end.begin()) continue;
    const Message& message = *last_received[static_cast<std::size_t>(found - by_end.begin()) - 1];
    if (message.receive_start <= event.end_ns) continue;
    report.Add(Rule::kNoHang, i, "{} waited for {} us beside {}, which was queued, and timed out",
               ActorName(subject.program, event.actor),
               (event.end_ns - std::max(event.start_ns, message.send_end)) / 1000,
               MessageName(subject, subject.history[message.send]));
  }
}

}  // namespace

void CheckTiming(const Case& subject, const Exchange& exchange, Report& report) {
  if (!subject.options.clocked) return;
  for (EventIndex i = 0; i < subject.history.size(); ++i) {
    const Event& event = subject.history[i];
    if (!CanWait(event.action) || event.outcome.state == Outcome::State::kPending) continue;
    if (!subject.options.watched) CheckLate(subject, i, report);
    if (!event.outcome.ok()) CheckGivingUp(subject, i, report);
  }
  if (subject.traits.lossy) return;  // what is not there may have been dropped
  for (const Lane& lane : exchange.lanes) CheckOverlooked(subject, lane, report);
}

}  // namespace ipc_hammer
