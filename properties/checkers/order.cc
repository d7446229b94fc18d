#include "properties/checkers/order.h"

#include <algorithm>
#include <span>

namespace ipc_hammer {
namespace {

// One order among messages, seen from both ends of their sends.
struct Group {
  std::span<const Message* const> by_send_start;
  std::span<const Message* const> by_send_end;
};

std::uint64_t GroupOf(Order order, const Message& message) {
  switch (order) {
    case Order::kFifo:
      return 0;
    case Order::kPriority:
      return message.priority;
    case Order::kPerProducer:
      return std::uint64_t{message.sender} << 32 | message.endpoint;
  }
  return 0;
}

void CheckOvertaking(const Case& subject, const Group& group, Report& report) {
  const Message* latest = nullptr;  // of those sent before: the one whose receive began last
  auto earlier = group.by_send_end.begin();
  for (const Message* const message : group.by_send_start) {
    for (; earlier != group.by_send_end.end() && (*earlier)->send_end < message->send_start;
         ++earlier) {
      const Message* const candidate = *earlier;
      if (!candidate->delivered()) continue;
      if (latest == nullptr || candidate->receive_start > latest->receive_start) latest = candidate;
    }
    if (latest == nullptr || !message->delivered()) continue;
    if (latest->receive_start <= message->receive_end) continue;
    report.Add(Rule::kOrder, message->receive,
               "{} was received before {}, which had been sent before it",
               MessageName(subject, subject.history[message->send]),
               MessageName(subject, subject.history[latest->send]));
  }
}

// A message that was not delivered, and the first receive that ended with a message sent after it.
struct PassedOver {
  const Message* message;
  const Message* by;
};

std::vector<PassedOver> FindPassedOver(const Group& group, const Lane& lane) {
  std::vector<PassedOver> found;
  const Message* first = nullptr;  // of those sent after: the one whose receive ended first
  auto later = group.by_send_start.rbegin();
  for (auto it = group.by_send_end.rbegin(); it != group.by_send_end.rend(); ++it) {
    const Message* const message = *it;
    for (; later != group.by_send_start.rend() && (*later)->send_start > message->send_end;
         ++later) {
      if (!(*later)->delivered()) continue;
      if (first == nullptr || (*later)->receive_end < first->receive_end) first = *later;
    }
    const bool abandoned = message->send_start <= lane.abandoned_to;
    if (first != nullptr && !message->delivered() && !abandoned) found.push_back({message, first});
  }
  return found;
}

// Receives that may have taken an undelivered message explain one each, if they began in time.
void CheckPassedOver(const Case& subject, const Group& group, const Lane& lane,
                     std::span<const std::int64_t> takers, Report& report) {
  std::vector<PassedOver> passed = FindPassedOver(group, lane);
  std::ranges::sort(passed, [](auto& a, auto& b) { return a.by->receive_end < b.by->receive_end; });
  std::size_t used = 0;
  for (const PassedOver& one : passed) {
    if (used < takers.size() && takers[used] <= one.by->receive_end) {
      ++used;
      continue;
    }
    report.Add(subject.options.drained ? Rule::kNoLoss : Rule::kOrder, one.by->receive,
               "{} was received, but not {}, which had been sent before it",
               MessageName(subject, subject.history[one.by->send]),
               MessageName(subject, subject.history[one.message->send]));
  }
}

std::vector<std::int64_t> Takers(const Case& subject, const Lane& lane) {
  std::vector<std::int64_t> starts;
  for (const EventIndex i : lane.pending_receives) starts.push_back(subject.history[i].start_ns);
  for (const EventIndex i : lane.corrupt_receives) starts.push_back(subject.history[i].start_ns);
  std::ranges::sort(starts);
  return starts;
}

template <typename Time>
std::vector<const Message*> Sorted(Order order, const std::vector<Message>& messages, Time time) {
  std::vector<const Message*> sorted(messages.size());
  std::ranges::transform(messages, sorted.begin(), [](const Message& m) { return &m; });
  std::ranges::sort(sorted, [&](const Message* a, const Message* b) {
    const std::uint64_t group_a = GroupOf(order, *a);
    const std::uint64_t group_b = GroupOf(order, *b);
    return group_a != group_b ? group_a < group_b : a->*time < b->*time;
  });
  return sorted;
}

void CheckLane(const Case& subject, const Lane& lane, Report& report) {
  const Order order = subject.traits.order;
  const auto by_start = Sorted(order, lane.messages, &Message::send_start);
  const auto by_end = Sorted(order, lane.messages, &Message::send_end);
  const std::vector<std::int64_t> takers = Takers(subject, lane);
  for (std::size_t begin = 0, end = 0; begin < by_start.size(); begin = end) {
    const std::uint64_t id = GroupOf(order, *by_start[begin]);
    while (end < by_start.size() && GroupOf(order, *by_start[end]) == id) ++end;
    const Group group{std::span(by_start).subspan(begin, end - begin),
                      std::span(by_end).subspan(begin, end - begin)};
    CheckOvertaking(subject, group, report);
    // Where loss is judged, it has said already that something is missing; a lossy kind may have
    // dropped what was passed over.
    const bool may_miss = report.count(Rule::kNoLoss) != 0 || subject.traits.lossy;
    if (!may_miss) CheckPassedOver(subject, group, lane, takers, report);
  }
}

}  // namespace

void CheckOrder(const Case& subject, const Exchange& exchange, Report& report) {
  for (const Lane& lane : exchange.lanes) CheckLane(subject, lane, report);
}

}  // namespace ipc_hammer
