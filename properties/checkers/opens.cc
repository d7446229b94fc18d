#include "properties/checkers/opens.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "properties/program/text.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();

bool EndsAnything(Action action) {
  return action == Action::kClose || action == Action::kCloseSend ||
         action == Action::kCloseReceive;
}

// Until when each actor surely had its first endpoint, whole.
std::vector<std::int64_t> FindStays(const Case& subject) {
  std::vector<std::int64_t> until(subject.program.actors(), kBeforeAll);
  std::vector<char> ended(subject.program.actors(), 0);
  for (const Event& event : subject.history) {
    until[event.actor] = std::max(until[event.actor], event.start_ns);
    if (EndsAnything(event.action)) ended[event.actor] = 1;
  }
  for (std::size_t i = 0; i < until.size(); ++i) {
    if (ended[i]) until[i] = kBeforeAll;
  }
  return until;
}

bool IsExcused(const Event& open) {
  const Errc error = open.outcome.error;
  return open.outcome.fault_fired || error == Errc::kNoSpace || error == Errc::kPermission ||
         error == Errc::kWouldBlock || error == Errc::kTimedOut;
}

bool SaysNobodyIsThere(const Event& open) {
  return open.outcome.error == Errc::kPeerClosed || open.outcome.error == Errc::kNotFound;
}

}  // namespace

void CheckOpens(const Case& subject, Report& report) {
  if (!subject.options.killed.empty()) return;
  const std::vector<std::int64_t> stays = FindStays(subject);
  const auto somebody_was_there = [&](const Event& open) {
    for (std::uint32_t actor = 0; actor < subject.program.actors(); ++actor) {
      const bool is_peer = subject.program.role(actor) != subject.program.role(open.actor);
      if (is_peer && stays[actor] >= open.end_ns) return true;
    }
    return false;
  };
  for (EventIndex i = 0; i < subject.history.size(); ++i) {
    const Event& open = subject.history[i];
    const bool failed =
        open.action == Action::kOpen && open.outcome.state == Outcome::State::kFailed;
    if (!failed || IsExcused(open)) continue;
    if (SaysNobodyIsThere(open) && !somebody_was_there(open)) continue;
    report.Add(Rule::kLimits, i, "open of {} said {} although nothing stood in its way",
               ActorName(subject.program, open.actor), ToString(open.outcome.error));
  }
}

}  // namespace ipc_hammer
