#include "properties/checkers/occupancy.h"

#include <algorithm>
#include <limits>

#include "properties/checkers/counts.h"

namespace ipc_hammer {
namespace {

struct Step {
  std::int64_t position;
  EventIndex event;
  std::int32_t messages;  // change: +1 or -1
  std::int32_t weight;    // change: messages, or bytes where bytes count
  bool loose;             // not known to be a delivered message
};

bool BeforeByPosition(const Step& a, const Step& b) { return a.position < b.position; }

}  // namespace

void Stretches::Set(std::int64_t position, bool holds) {
  const bool open = !runs_.empty() && runs_.back().to == kOpenEnd;
  if (holds && !open) {
    if (!runs_.empty() && runs_.back().to == position) {
      runs_.back().to = kOpenEnd;
    } else {
      runs_.push_back({position, kOpenEnd});
    }
  } else if (!holds && open) {
    runs_.back().to = position;
    if (runs_.back().from == position) runs_.pop_back();
  }
}

bool Stretches::AnyIn(std::int64_t from, std::int64_t to) const {
  const auto run = std::ranges::upper_bound(runs_, from, {}, &Run::to);
  return run != runs_.end() && run->from <= to;
}

SurelyQueued FindSurelyQueued(const Case& subject, const Lane& lane, std::int64_t capacity) {
  std::vector<Step> steps;
  steps.reserve(2 * (lane.messages.size() + lane.anonymous_sends.size()));
  for (const Message& message : lane.messages) {
    if (message.send_end >= message.receive_start) continue;
    steps.push_back({JustAfter(message.send_end), message.send, 1, 1, !message.delivered()});
    if (!message.delivered()) continue;
    steps.push_back({PointAt(message.receive_start), message.receive, -1, -1, false});
  }
  const auto add = [&](const std::vector<EventIndex>& events, std::int32_t sign) {
    for (const EventIndex i : events) {
      const Event& event = subject.history[i];
      const auto weight = static_cast<std::int32_t>(WeightOf(subject, event));
      const std::int64_t at = sign > 0 ? JustAfter(event.end_ns) : PointAt(event.start_ns);
      steps.push_back({at, i, sign, sign * weight, true});
    }
  };
  add(lane.anonymous_sends, 1);
  add(lane.anonymous_receives, -1);
  add(lane.corrupt_receives, -1);
  add(lane.pending_receives, -1);
  const std::int64_t abandoned_from = PointAt(lane.abandoned_from);
  steps.push_back({abandoned_from, kNoEventIndex, 0, 0, true});
  std::ranges::sort(steps, BeforeByPosition);

  SurelyQueued found;
  found.may_be_empty.Set(std::numeric_limits<std::int64_t>::min(), true);
  std::int64_t delivered = 0;
  std::int64_t loose = 0;
  for (auto step = steps.cbegin(); step != steps.cend();) {
    const std::int64_t position = step->position;
    EventIndex send = kNoEventIndex;
    for (; step != steps.cend() && step->position == position; ++step) {
      (step->loose ? loose : delivered) += step->weight;
      if (step->weight > 0) send = step->event;
    }
    const std::int64_t kept = position < abandoned_from ? std::max<std::int64_t>(loose, 0) : 0;
    const std::int64_t queued = delivered + kept;
    found.may_be_empty.Set(position, queued == 0);
    if (queued > capacity && send != kNoEventIndex && !found.above_capacity) {
      found.above_capacity.emplace(send, queued);
    }
  }
  return found;
}

Stretches FindMayBeFull(const Case& subject, const Lane& lane, std::uint32_t sender, Room room) {
  const bool stream = subject.traits.shape == Shape::kBytes;
  std::vector<Step> steps;
  const auto add = [&](EventIndex i, bool sent) {
    const Event& event = subject.history[i];
    const auto bytes = static_cast<std::int32_t>(event.outcome.state == Outcome::State::kPending
                                                     ? AskedSize(subject, event)
                                                     : event.outcome.size_bytes);
    const std::int64_t at = sent ? PointAt(event.start_ns) : JustAfter(event.end_ns);
    const int received = stream ? 0 : -1;  // it may have been a part of one, or many
    steps.push_back({at, i, sent ? 1 : received, sent ? bytes : -bytes, false});
  };
  const auto counts = [&](EventIndex i) {
    return sender == kAnySender || subject.history[i].actor == sender;
  };
  for (const Message& message : lane.messages) {
    if (!counts(message.send)) continue;
    add(message.send, true);
    if (message.delivered()) add(message.receive, false);
  }
  for (const EventIndex i : lane.anonymous_sends) {
    if (counts(i)) add(i, true);
  }
  for (const EventIndex i : lane.pending_sends) {
    if (counts(i)) add(i, true);
  }
  if (sender == kAnySender) {  // otherwise it is not known whose they were
    for (const EventIndex i : lane.anonymous_receives) add(i, false);
    for (const EventIndex i : lane.corrupt_receives) add(i, false);
  }
  std::ranges::sort(steps, BeforeByPosition);

  Stretches full;
  full.Set(std::numeric_limits<std::int64_t>::min(), room.messages <= 0 || room.bytes <= 0);
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  for (auto step = steps.cbegin(); step != steps.cend();) {
    const std::int64_t position = step->position;
    for (; step != steps.cend() && step->position == position; ++step) {
      messages += step->messages;
      bytes += step->weight;
    }
    if (stream) messages = std::clamp<std::int64_t>(messages, 0, std::max<std::int64_t>(bytes, 0));
    full.Set(position, messages >= room.messages || bytes >= room.bytes);
  }
  return full;
}

}  // namespace ipc_hammer
