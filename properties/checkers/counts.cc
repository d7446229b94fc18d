#include "properties/checkers/counts.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

std::string_view UnitOf(Shape shape) {
  return shape == Shape::kBytes    ? "bytes"
         : shape == Shape::kTokens ? "tokens"
                                   : "messages without a header";
}

// Something was sent (+) when its send began, or had been received (-) when its receive ended.
struct Step {
  std::int64_t at;
  std::int64_t change;
  EventIndex event;
};

void CheckNeverAhead(const Case& subject, const Lane& lane, Report& report) {
  std::vector<Step> steps;
  const auto add = [&](const std::vector<EventIndex>& events, bool sent) {
    for (const EventIndex i : events) {
      const Event& event = subject.history[i];
      const auto weight = static_cast<std::int64_t>(WeightOf(subject, event));
      steps.push_back({sent ? event.start_ns : event.end_ns, sent ? weight : -weight, i});
    }
  };
  add(lane.anonymous_sends, true);
  add(lane.pending_sends, true);
  add(lane.anonymous_receives, false);
  // At one time what was sent comes first: the two calls overlap.
  std::ranges::sort(steps, [](const Step& a, const Step& b) {
    return a.at != b.at ? a.at < b.at : a.change > b.change;
  });
  std::int64_t balance = 0;
  for (const Step& step : steps) {
    balance += step.change;
    if (balance >= 0) continue;
    report.Add(Rule::kNoInvention, step.event, "{} received {} {} more than had been sent",
               ActorName(subject.program, subject.history[step.event].actor), -balance,
               UnitOf(subject.traits.shape));
    balance = 0;
  }
}

struct OfOneSize {
  std::uint64_t sent = 0;  // begun, whether or not they ended
  std::uint64_t received = 0;
  std::uint64_t owed = 0;  // sent, and must have been received
  EventIndex last_receive = kNoEventIndex;
};

using BySize = std::map<std::uint32_t, OfOneSize>;

BySize CountBySize(const Case& subject, const Lane& lane) {
  const bool by_size = subject.traits.shape == Shape::kMessages;
  BySize sizes;
  for (const EventIndex i : lane.anonymous_sends) {
    const Event& send = subject.history[i];
    OfOneSize& size = sizes[by_size ? AskedSize(subject, send) : 0];
    const std::uint64_t weight = WeightOf(subject, send);
    size.sent += weight;
    const bool excused =
        send.start_ns <= lane.abandoned_to || send.start_ns > lane.last_receive_end;
    if (!excused) size.owed += weight;
  }
  for (const EventIndex i : lane.pending_sends) {
    const Event& send = subject.history[i];
    sizes[by_size ? AskedSize(subject, send) : 0].sent += WeightOf(subject, send);
  }
  for (const EventIndex i : lane.anonymous_receives) {
    const Event& receive = subject.history[i];
    OfOneSize& size = sizes[by_size ? receive.outcome.size_bytes : 0];
    size.received += WeightOf(subject, receive);
    size.last_receive = i;
  }
  return sizes;
}

// A message of another length than any that was sent was cut, joined or made up.
void CheckSizes(const Case& subject, const Lane& lane, Report& report) {
  for (const auto& [bytes, size] : CountBySize(subject, lane)) {
    if (size.received <= size.sent) continue;
    if (size.sent == 0) {
      report.Add(Rule::kBoundaries, size.last_receive,
                 "{} messages of {} bytes were received, and none of that size was sent",
                 size.received, bytes);
    } else {
      report.Add(Rule::kNoInvention, size.last_receive,
                 "{} messages of {} bytes were received, {} of that size were sent", size.received,
                 bytes, size.sent);
    }
  }
}

// What pending receives, and receives of unrecognisable bytes, may have taken.
std::uint64_t Takeable(const Case& subject, const Lane& lane) {
  if (subject.traits.shape != Shape::kBytes) {
    return lane.pending_receives.size() + lane.corrupt_receives.size();
  }
  std::uint64_t bytes = 0;
  for (const EventIndex i : lane.pending_receives) bytes += WeightOf(subject, subject.history[i]);
  return bytes;
}

}  // namespace

std::uint64_t WeightOf(const Case& subject, const Event& event) {
  if (subject.traits.shape != Shape::kBytes) return 1;
  if (event.outcome.state != Outcome::State::kPending) return event.outcome.size_bytes;
  if (event.action == Action::kSend) return AskedSize(subject, event);
  const auto& operations = subject.program.operations;
  const std::uint32_t buffer =
      event.operation_index < operations.size() ? operations[event.operation_index].size_bytes : 0;
  return std::max(buffer, subject.program.message_size_bytes);
}

void CheckCounts(const Case& subject, const Exchange& exchange, Report& report) {
  for (const Lane& lane : exchange.lanes) {
    CheckNeverAhead(subject, lane, report);
    if (subject.traits.shape == Shape::kMessages) CheckSizes(subject, lane, report);
  }
}

void CheckLoss(const Case& subject, const Exchange& exchange, Report& report) {
  if (!subject.options.drained || subject.traits.lossy) return;
  const Lane& lane = exchange.lanes.front();
  std::uint64_t takeable = Takeable(subject, lane);
  const auto explain = [&](std::uint64_t missing) {
    const std::uint64_t explained = std::min(missing, takeable);
    takeable -= explained;
    return missing - explained;
  };
  for (const Message& message : lane.messages) {
    const bool excused =
        message.send_start <= lane.abandoned_to || message.send_start > lane.last_receive_end;
    if (message.delivered() || excused || explain(1) == 0) continue;
    report.Add(Rule::kNoLoss, message.send, "{} was sent and never received",
               MessageName(subject, subject.history[message.send]));
  }
  for (const auto& [bytes, size] : CountBySize(subject, lane)) {
    if (size.owed <= size.received) continue;
    const std::uint64_t lost = explain(size.owed - size.received);
    if (lost == 0) continue;
    const bool sized = subject.traits.shape == Shape::kMessages;
    report.Add(Rule::kNoLoss, Violation::kNoEvent,
               "{} of {} {}{} that were sent were never received", lost, size.owed,
               UnitOf(subject.traits.shape), sized ? fmt::format(" ({} bytes)", bytes) : "");
  }
}

}  // namespace ipc_hammer
