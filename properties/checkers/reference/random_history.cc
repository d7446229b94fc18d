#include "properties/checkers/reference/random_history.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace ipc_hammer {
namespace {

std::size_t Below(std::size_t n, Random& random) { return random() % n; }

class Simulation {
 public:
  Simulation(const RandomHistoryOptions& options, Random& random)
      : options_(options), random_(random), actors_(options.producers + options.consumers) {}

  History Run() {
    while (history_.size() < options_.operations) Advance(Below(actors_.size(), random_));
    Finish();
    if (options_.queue.drained) DrainAll();
    return std::move(history_);
  }

 private:
  struct Actor {
    std::optional<std::size_t> event;  // what it is doing
    bool applied = false;              // ... has taken effect
    std::uint64_t next_sequence = 0;
  };

  // Mostly later, sometimes at the same time: then the two overlap.
  std::int64_t Tick() { return now_ += Below(5, random_) == 0 ? 0 : 1; }

  // The actor's next step: begin, take effect, or end.
  void Advance(std::size_t index) {
    Actor& actor = actors_[index];
    if (!actor.event) return Begin(index);
    if (!actor.applied) return Apply(actor);
    history_[*actor.event].end_ns = Tick();
    actor.event.reset();
  }

  void Begin(std::size_t index) {
    Actor& actor = actors_[index];
    Event event{.actor = static_cast<std::uint32_t>(index),
                .operation_index = ~std::uint32_t{0},
                .action = index < options_.producers ? Action::kSend : Action::kReceive,
                .start_ns = Tick(),
                .outcome = {}};
    if (event.action == Action::kSend) {
      Outcome& outcome = event.outcome;
      outcome.identified = !options_.queue.tokens;
      outcome.id = {.producer = event.actor, .sequence = actor.next_sequence++};
      outcome.size_bytes = options_.queue.tokens ? 0 : kPayloadHeaderBytes;
      outcome.priority = static_cast<std::uint32_t>(Below(options_.priorities, random_));
    }
    actor.event = history_.size();
    actor.applied = false;
    history_.push_back(event);
  }

  void Apply(Actor& actor) {
    Event& event = history_[*actor.event];
    Outcome& outcome = event.outcome;
    actor.applied = true;
    const bool send = event.action == Action::kSend;
    if (send ? content_.size() >= options_.queue.capacity : content_.empty()) {
      outcome.state = Outcome::State::kFailed;
      outcome.error = Errc::kWouldBlock;
      return;
    }
    outcome.state = Outcome::State::kOk;
    if (send) return content_.push_back(outcome);
    auto next = content_.begin();
    for (auto it = next; options_.queue.by_priority && it != content_.end(); ++it) {
      if (it->priority > next->priority) next = it;
    }
    outcome = *next;
    content_.erase(next);
  }

  // Ends what is under way, or cuts it.
  void Finish() {
    for (std::size_t i = 0; i < actors_.size(); ++i) {
      Actor& actor = actors_[i];
      if (!actor.event) continue;
      Event& event = history_[*actor.event];
      const bool may_cut =
          event.action == Action::kSend ? options_.pending_sends : options_.pending_receives;
      if (may_cut && Below(2, random_) == 0) {
        event.outcome.state = Outcome::State::kPending;
        if (event.action == Action::kReceive) event.outcome = {};
        continue;
      }
      while (actor.event) Advance(i);
    }
  }

  // By the last consumer, which does nothing else and so was not cut.
  void DrainAll() {
    const std::size_t consumer = actors_.size();
    actors_.emplace_back();
    for (bool empty = false; !empty;) {
      empty = content_.empty();
      for (int step = 0; step < 3; ++step) Advance(consumer);
    }
  }

  const RandomHistoryOptions& options_;
  Random& random_;
  std::vector<Actor> actors_;
  std::vector<Outcome> content_;
  std::int64_t now_ = 0;
  History history_;
};

bool IsReceived(const Event& event) {
  return event.action == Action::kReceive && event.outcome.ok();
}

void ExchangeReceived(History& history, Random& random) {
  std::vector<std::size_t> received;
  for (std::size_t i = 0; i < history.size(); ++i) {
    if (IsReceived(history[i])) received.push_back(i);
  }
  if (received.size() < 2) return;
  const std::size_t a = Below(received.size() - 1, random);
  std::swap(history[received[a]].outcome, history[received[a + 1]].outcome);
}

// A send that succeeded and is not received says full instead; a receive says empty instead.
void TurnAround(Event& event) {
  if (!event.outcome.ok()) return;
  event.outcome.state = Outcome::State::kFailed;
  event.outcome.error = Errc::kWouldBlock;
  if (event.action == Action::kReceive) event.outcome.identified = false;
}

void MoveTime(Event& event, Random& random) {
  const auto by = static_cast<std::int64_t>(1 + Below(4, random));
  const bool pending = event.outcome.state == Outcome::State::kPending;
  switch (Below(3, random)) {
    case 0:
      event.start_ns = pending ? event.start_ns + by : std::min(event.start_ns + by, event.end_ns);
      break;
    case 1:
      if (!pending) event.end_ns = std::max(event.end_ns - by, event.start_ns);
      break;
    default:
      event.start_ns -= by;
      if (!pending) event.end_ns -= by;
      break;
  }
}

}  // namespace

History RandomHistory(const RandomHistoryOptions& options, Random& random) {
  return Simulation(options, random).Run();
}

void Mutate(History& history, Random& random) {
  const std::size_t index = Below(history.size(), random);
  switch (Below(5, random)) {
    case 0:
      return ExchangeReceived(history, random);
    case 1:
      return TurnAround(history[index]);
    case 2:
      if (IsReceived(history[index])) {
        history.erase(history.begin() + static_cast<std::ptrdiff_t>(index));
      }
      return;
    default:
      return MoveTime(history[index], random);
  }
}

}  // namespace ipc_hammer
