#include "properties/checkers/reference/wing_gong.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace ipc_hammer {
namespace {

class Search {
 public:
  Search(const ReferenceQueue& queue, const History& history) : queue_(queue), history_(history) {
    for (const Event& event : history) {
      const bool pending = event.outcome.state == Outcome::State::kPending;
      if (event.action == Action::kReceive && !pending) {
        last_receive_end_ = std::max(last_receive_end_, event.end_ns);
      }
    }
  }

  bool Run() { return From(0); }

 private:
  bool From(std::uint32_t done) {
    if (!seen_.emplace(done, content_).second) return false;
    if (AllEndedAreIn(done) && EndIsLegal()) return true;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if ((done >> i & 1) != 0 || !MayComeNext(i, done)) continue;
      const std::vector<std::uint8_t> before = content_;
      if (Apply(i) && From(done | std::uint32_t{1} << i)) return true;
      content_ = before;
    }
    return false;
  }

  bool AllEndedAreIn(std::uint32_t done) const {
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if ((done >> i & 1) == 0 && !Pending(i)) return false;
    }
    return true;
  }

  bool EndIsLegal() const {
    return !queue_.drained || std::ranges::none_of(content_, [&](std::uint8_t i) {
      return history_[i].start_ns <= last_receive_end_ && !Pending(i);
    });
  }

  bool Pending(std::size_t i) const {
    return history_[i].outcome.state == Outcome::State::kPending;
  }

  // No operation that is still to come ended before this one began.
  bool MayComeNext(std::size_t i, std::uint32_t done) const {
    for (std::size_t j = 0; j < history_.size(); ++j) {
      if ((done >> j & 1) == 0 && history_[j].end_ns < history_[i].start_ns) return false;
    }
    return true;
  }

  bool Apply(std::size_t i) {
    const Event& event = history_[i];
    if (event.action == Action::kSend) {
      const bool full = content_.size() >= queue_.capacity;
      if (event.outcome.state == Outcome::State::kFailed) {
        return full || queue_.capacity == ReferenceQueue::kUnbounded;
      }
      if (full) return false;
      content_.push_back(static_cast<std::uint8_t>(i));
      return true;
    }
    if (event.outcome.state == Outcome::State::kFailed) return content_.empty();
    if (content_.empty()) return false;
    const std::size_t next = Next();
    if (event.outcome.ok() && !queue_.tokens &&
        history_[content_[next]].outcome.id != event.outcome.id) {
      return false;
    }
    content_.erase(content_.begin() + static_cast<std::ptrdiff_t>(next));
    return true;
  }

  std::size_t Next() const {
    std::size_t best = 0;
    for (std::size_t i = 1; queue_.by_priority && i < content_.size(); ++i) {
      if (Priority(i) > Priority(best)) best = i;
    }
    return best;
  }

  std::uint32_t Priority(std::size_t at) const { return history_[content_[at]].outcome.priority; }

  const ReferenceQueue& queue_;
  const History& history_;
  std::int64_t last_receive_end_ = std::numeric_limits<std::int64_t>::min();
  std::vector<std::uint8_t> content_;  // the sends of what is queued
  std::set<std::pair<std::uint32_t, std::vector<std::uint8_t>>> seen_;
};

}  // namespace

bool IsLinearizable(const ReferenceQueue& queue, const History& history) {
  return Search(queue, history).Run();
}

}  // namespace ipc_hammer
