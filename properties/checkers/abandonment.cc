#include "properties/checkers/abandonment.h"

#include <algorithm>
#include <limits>

namespace ipc_hammer {
namespace {

constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();

// A receiver of the lane becomes, or is no longer, surely open.
struct Change {
  std::int64_t at;
  std::uint32_t actor;
  bool open;
  bool killed;
};

struct Life {
  std::int64_t last_sign = kBeforeAll;           // the last time it was surely alive
  std::int64_t last_receive_start = kBeforeAll;  // not counting receives after its own close
};

bool IsClose(Action action) { return action == Action::kClose || action == Action::kCloseReceive; }
bool IsReceive(Action action) { return action == Action::kReceive || action == Action::kDrain; }

void Observe(const Event& event, Life& life, std::vector<Change>& changes) {
  const bool pending = event.outcome.state == Outcome::State::kPending;
  life.last_sign = std::max(life.last_sign, pending ? event.start_ns : event.end_ns);
  const bool receives = IsReceive(event.action) && !pending &&
                        (event.outcome.ok() || event.outcome.error != Errc::kClosed);
  if (receives) life.last_receive_start = std::max(life.last_receive_start, event.start_ns);
  if (IsClose(event.action)) changes.push_back({event.start_ns, event.actor, false, false});
  if (event.action == Action::kOpen && event.outcome.ok()) {
    changes.push_back({event.end_ns, event.actor, true, false});
  }
}

// `changes` of the lane's receivers, all of which are open at first.
void Sweep(std::vector<Change> changes, std::vector<char> open, std::size_t receivers,
           std::int64_t last_receive_start, Lane& lane) {
  // At one time openings come last: in between the lane may have been without a receiver.
  std::ranges::sort(changes, [](const Change& a, const Change& b) {
    return a.at != b.at ? a.at < b.at : a.open < b.open;
  });
  bool counts = false;
  for (const Change& change : changes) {
    if (receivers == 0 && counts && change.open) lane.abandoned_to = change.at;
    if (open[change.actor] != (change.open ? 1 : 0)) {
      open[change.actor] = change.open ? 1 : 0;
      receivers = change.open ? receivers + 1 : receivers - 1;
    }
    if (receivers != 0) continue;
    counts = change.killed || change.at < last_receive_start;
    if (!counts) continue;
    lane.abandoned_from = std::min(lane.abandoned_from, change.at);
    lane.abandoned_to = Event::kNeverEnded;
  }
}

bool Receives(const Case& subject, std::size_t lane, std::uint32_t actor) {
  const bool producer = actor < subject.program.producers;
  if (lane == 0) return !producer;
  return producer && (!subject.traits.connections || actor == lane - 1);
}

}  // namespace

void FindAbandonment(const Case& subject, Exchange& exchange) {
  if (subject.traits.keeps_queued) return;
  const std::uint32_t actors = subject.program.actors();
  std::vector<Life> lives(actors);
  std::vector<Change> changes;
  for (const Event& event : subject.history) Observe(event, lives[event.actor], changes);
  for (const std::uint32_t actor : subject.options.killed) {
    if (actor < actors) changes.push_back({lives[actor].last_sign, actor, false, true});
  }
  if (changes.empty()) return;
  for (std::size_t i = 0; i < exchange.lanes.size(); ++i) {
    std::vector<Change> own;
    std::vector<char> open(actors, 0);
    std::size_t receivers = 0;
    std::int64_t last_receive_start = kBeforeAll;
    for (std::uint32_t actor = 0; actor < actors; ++actor) {
      if (!Receives(subject, i, actor)) continue;
      open[actor] = 1;
      ++receivers;
      last_receive_start = std::max(last_receive_start, lives[actor].last_receive_start);
    }
    for (const Change& change : changes) {
      if (open[change.actor]) own.push_back(change);
    }
    Sweep(std::move(own), std::move(open), receivers, last_receive_start, exchange.lanes[i]);
  }
}

}  // namespace ipc_hammer
