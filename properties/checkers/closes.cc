#include "properties/checkers/closes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "properties/program/text.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

// When a direction of an endpoint began to be closed, and since when it surely is.
struct Closing {
  std::int64_t start = Event::kNeverEnded;
  std::int64_t end = Event::kNeverEnded;
};

struct EndpointLife {
  std::array<Closing, 2> directions;  // send, receive
  bool is_destroyed = false;
};

bool Sends(Action action) { return action == Action::kSend || action == Action::kCloseSend; }

bool Receives(Action action) {
  return action == Action::kReceive || action == Action::kDrain || action == Action::kCloseReceive;
}

void Close(const Event& event, EndpointLife& life) {
  const bool whole = event.action == Action::kClose;
  const auto close = [&](Closing& closing) {
    closing.start = std::min(closing.start, event.start_ns);
    closing.end = std::min(closing.end, event.end_ns);
  };
  if (whole || Sends(event.action)) close(life.directions[0]);
  if (whole || Receives(event.action)) close(life.directions[1]);
  life.is_destroyed = life.is_destroyed || whole;
}

// One actor's endpoints, one after another. A close may have begun in the middle of a call that is
// recorded before it, so the calls are judged when an endpoint's whole life is known.
class ActorCloses {
 public:
  ActorCloses(const Case& subject, Report& report) : case_(subject), report_(report) {}

  void Add(EventIndex i) {
    const Event& event = case_.history[i];
    if (Closes(event.action)) {
      if (event.outcome.state == Outcome::State::kFailed && !event.outcome.fault_fired) {
        report_.Add(Rule::kClose, i, "{} of {} failed with {}", ToString(event.action),
                    ActorName(case_.program, event.actor), ToString(event.outcome.error));
      }
      return Close(event, life_);
    }
    const bool is_new = event.action == Action::kOpen && event.outcome.ok() && life_.is_destroyed;
    if (is_new) return Judge();
    if (Sends(event.action) || Receives(event.action)) calls_.push_back(i);
  }

  void Judge() {
    for (const EventIndex i : calls_) JudgeCall(i);
    calls_.clear();
    life_ = {};
  }

 private:
  void JudgeCall(EventIndex i) {
    const Event& event = case_.history[i];
    const Outcome& outcome = event.outcome;
    if (outcome.state == Outcome::State::kPending || outcome.fault_fired) return;
    const Closing& closing = life_.directions[Sends(event.action) ? 0 : 1];
    const std::string_view said = outcome.ok() ? "ok" : ToString(outcome.error);
    if (!outcome.ok() && outcome.error == Errc::kClosed) {
      if (closing.start <= event.end_ns) return;
      return report_.Add(Rule::kClose, i, "{} of {} said closed although its direction was open",
                         ToString(event.action), ActorName(case_.program, event.actor));
    }
    const bool is_breakage = outcome.state == Outcome::State::kFailed &&
                             (outcome.error == Errc::kSystem || outcome.error == Errc::kCorrupt);
    if (is_breakage && closing.start <= event.end_ns) {
      return report_.Add(Rule::kClose, i, "{} of {} said {} when its direction was closed",
                         ToString(event.action), ActorName(case_.program, event.actor), said);
    }
    const bool goes_on =
        outcome.ok() || outcome.error == Errc::kWouldBlock || outcome.error == Errc::kTimedOut;
    if (!goes_on || event.start_ns <= closing.end) return;
    report_.Add(Rule::kClose, i, "{} of {} said {} although its direction had been closed",
                ToString(event.action), ActorName(case_.program, event.actor), said);
  }

  const Case& case_;
  Report& report_;
  EndpointLife life_;
  std::vector<EventIndex> calls_;
};

}  // namespace

void CheckCloses(const Case& subject, Report& report) {
  std::vector<ActorCloses> actors(subject.program.actors(), ActorCloses(subject, report));
  const auto is_killed = [&](std::uint32_t actor) {
    return std::ranges::find(subject.options.killed, actor) != subject.options.killed.end();
  };
  for (EventIndex i = 0; i < subject.history.size(); ++i) {
    const std::uint32_t actor = subject.history[i].actor;
    if (!is_killed(actor)) actors[actor].Add(i);
  }
  for (ActorCloses& actor : actors) actor.Judge();
}

}  // namespace ipc_hammer
