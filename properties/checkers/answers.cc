#include "properties/checkers/answers.h"

#include <algorithm>
#include <limits>

#include "properties/checkers/occupancy.h"
#include "properties/program/text.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

bool HoldsDuring(const Stretches& stretches, const Event& event) {
  return stretches.AnyIn(PointAt(event.start_ns), PointAt(event.end_ns));
}

// An interruption that made the call give up is the interruption's fault.
Rule RuleFor(const Event& event, Rule rule) {
  return event.outcome.fault_fired ? Rule::kInterrupted : rule;
}

void CheckEmpties(const Case& subject, const Lane& lane, std::int64_t capacity, Report& report) {
  const SurelyQueued surely = FindSurelyQueued(subject, lane, capacity);
  const auto check = [&](EventIndex i, Rule rule) {
    const Event& event = subject.history[i];
    if (FaultExplains(subject, event) || HoldsDuring(surely.may_be_empty, event)) return;
    report.Add(RuleFor(event, rule), i,
               "receive of {} said {} although something was queued during the whole call",
               ActorName(subject.program, event.actor), ToString(event.outcome.error));
  };
  for (const EventIndex i : lane.empties) check(i, Rule::kCapacity);
  for (const EventIndex i : lane.ends) check(i, Rule::kClose);
  if (surely.above_capacity) {
    const auto& [send, queued] = *surely.above_capacity;
    report.Add(Rule::kCapacity, send, "{} were queued after this send, the capacity is {}", queued,
               capacity);
  }
}

// The floor says nothing once a send has failed or was cut: what it left behind may take up room.
std::int64_t FloorHoldsUntil(const Case& subject, const Lane& lane) {
  std::int64_t until = Event::kNeverEnded;
  for (const EventIndex i : lane.refusals) {
    until = std::min(until, subject.history[i].end_ns);
  }
  for (const EventIndex i : lane.pending_sends) {
    until = std::min(until, subject.history[i].start_ns);
  }
  return until;
}

// From how much on the lane may be called full; unlimited where nothing is promised.
Room RoomOf(const Case& subject) {
  const Traits& traits = subject.traits;
  if (traits.exact_capacity) return {subject.program.capacity_messages, kUnlimited};
  if (traits.floor_bytes == 0) return {0, 0};
  const auto floor_bytes = static_cast<std::int64_t>(traits.floor_bytes);
  const auto floor_messages = static_cast<std::int64_t>(traits.floor_messages);
  if (traits.shape == Shape::kBytes) return {floor_messages, floor_bytes};
  // A message must fit into what is left.
  return {floor_messages, floor_bytes - subject.program.message_size_bytes + 1};
}

void CheckRefusals(const Case& subject, const Lane& lane, std::uint32_t sender, Report& report) {
  const Room room = RoomOf(subject);
  if (room.messages <= 0 || room.bytes <= 0) return;
  const std::int64_t floor_until =
      subject.traits.exact_capacity ? Event::kNeverEnded : FloorHoldsUntil(subject, lane);
  const Stretches full = FindMayBeFull(subject, lane, sender, room);
  for (const EventIndex i : lane.refusals) {
    const Event& event = subject.history[i];
    if (sender != kAnySender && event.actor != sender) continue;
    if (event.end_ns > floor_until || FaultExplains(subject, event)) continue;
    if (HoldsDuring(full, event)) continue;
    report.Add(RuleFor(event, Rule::kCapacity), i,
               "send of {} said {} although there was room during the whole call",
               ActorName(subject.program, event.actor), ToString(event.outcome.error));
  }
}

// When a sender surely had the channel open: between two sends that succeeded, if it never opened
// it again.
struct SurelyOpen {
  std::int64_t from = kUnlimited;
  std::int64_t to = std::numeric_limits<std::int64_t>::min();
};

std::vector<SurelyOpen> FindSurelyOpen(const Case& subject) {
  std::vector<SurelyOpen> open(subject.program.producers);
  std::vector<char> reopened(subject.program.producers, 0);
  for (const Event& event : subject.history) {
    if (event.actor >= subject.program.producers) continue;
    if (event.action == Action::kOpen) reopened[event.actor] = 1;
    if (event.action != Action::kSend || !event.outcome.ok()) continue;
    open[event.actor].from = std::min(open[event.actor].from, event.end_ns);
    open[event.actor].to = std::max(open[event.actor].to, event.start_ns);
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (reopened[i]) open[i] = {};
  }
  return open;
}

void CheckEnds(const Case& subject, const Lane& lane, Report& report) {
  if (subject.traits.end_of_file != EndOfFile::kPersistent || lane.ends.empty()) return;
  const std::vector<SurelyOpen> open = FindSurelyOpen(subject);
  for (const EventIndex i : lane.ends) {
    const Event& event = subject.history[i];
    const auto sender = std::ranges::find_if(
        open, [&](const SurelyOpen& o) { return o.from < event.start_ns && event.end_ns < o.to; });
    if (sender == open.end()) continue;
    report.Add(Rule::kClose, i, "{} was told the end of file while {} had the channel open",
               ActorName(subject.program, event.actor),
               ActorName(subject.program, static_cast<std::uint32_t>(sender - open.begin())));
  }
}

}  // namespace

void CheckAnswers(const Case& subject, const Exchange& exchange, Report& report) {
  // What was sent, or room that was made, may not have come to the other side yet.
  const bool at_once = !subject.traits.asynchronous && !subject.traits.lossy;
  const bool own_queues = subject.traits.connections && subject.program.producers > 1;
  for (const Lane& lane : exchange.lanes) {
    const std::int64_t queues = own_queues && lane.forward ? subject.program.producers : 1;
    const std::int64_t capacity =
        subject.traits.exact_capacity ? queues * subject.program.capacity_messages : kUnlimited;
    if (lane.forward) CheckEnds(subject, lane, report);
    if (!at_once) continue;
    CheckEmpties(subject, lane, capacity, report);
    if (queues == 1) {
      CheckRefusals(subject, lane, kAnySender, report);
    } else {
      for (std::uint32_t p = 0; p < subject.program.producers; ++p) {
        CheckRefusals(subject, lane, p, report);
      }
    }
  }
}

}  // namespace ipc_hammer
