#include "properties/checkers/priority.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "properties/checkers/occupancy.h"

namespace ipc_hammer {
namespace {

// The union of closed runs of positions (occupancy.h).
class Cover {
 public:
  void Add(std::int64_t from, std::int64_t to) {
    auto next = runs_.upper_bound(from);
    if (next != runs_.begin() && std::prev(next)->second >= from) {
      --next;
      from = next->first;
    }
    for (; next != runs_.end() && next->first <= to; next = runs_.erase(next)) {
      to = std::max(to, next->second);
    }
    runs_.emplace_hint(next, from, to);
  }

  bool Covers(std::int64_t from, std::int64_t to) const {
    const auto next = runs_.upper_bound(from);
    return next != runs_.begin() && std::prev(next)->second >= to;
  }

 private:
  std::map<std::int64_t, std::int64_t> runs_;  // from -> to, disjoint
};

// Until when a message that was not delivered is surely inside.
std::int64_t SurelyUntil(const Case& subject, const Lane& lane) {
  std::int64_t until = lane.abandoned_from;
  for (const EventIndex i : lane.pending_receives) {
    until = std::min(until, subject.history[i].start_ns);
  }
  for (const EventIndex i : lane.corrupt_receives) {
    until = std::min(until, subject.history[i].start_ns);
  }
  return until;
}

void CheckLane(const Case& subject, const Lane& lane, Report& report) {
  std::vector<const Message*> sorted(lane.messages.size());
  std::ranges::transform(lane.messages, sorted.begin(), [](const Message& m) { return &m; });
  std::ranges::sort(sorted, [](const Message* a, const Message* b) {
    return a->priority != b->priority ? a->priority > b->priority : a->send_end < b->send_end;
  });
  const std::int64_t undelivered_until = SurelyUntil(subject, lane);
  Cover higher;
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    for (; end < sorted.size() && sorted[end]->priority == sorted[begin]->priority; ++end) {
      const Message& message = *sorted[end];
      if (!message.delivered()) continue;
      if (!higher.Covers(PointAt(message.receive_start), PointAt(message.receive_end))) continue;
      report.Add(Rule::kOrder, message.receive,
                 "{} of priority {} was received while a message of a higher priority was queued",
                 MessageName(subject, subject.history[message.send]), message.priority);
    }
    if (end == sorted.size()) return;
    for (std::size_t i = begin; i < end; ++i) {
      const Message& message = *sorted[i];
      const std::int64_t until = message.delivered() ? message.receive_start : undelivered_until;
      if (message.send_end < until) higher.Add(JustAfter(message.send_end), JustBefore(until));
    }
  }
}

}  // namespace

void CheckPriority(const Case& subject, const Exchange& exchange, Report& report) {
  if (subject.traits.order != Order::kPriority) return;
  for (const Lane& lane : exchange.lanes) CheckLane(subject, lane, report);
}

}  // namespace ipc_hammer
