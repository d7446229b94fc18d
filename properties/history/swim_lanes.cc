// SwimLanes (history.h). A row is a moment at which a call begins or ends. The rows are laid out as
// a grid of cells first, so that each lane is as wide as what is in it. A reason that belongs to
// none of the events stands at the first call that never ended, or else at the end.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "properties/history/history.h"
#include "properties/history/words.h"
#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kLaneWidthMin = 6;
constexpr std::size_t kGap = 2;                       // between lanes
constexpr std::int64_t kSpanInNanoseconds = 100'000;  // shorter pictures show nanoseconds
constexpr std::string_view kPointer = ">>> ";         // before the marked row
constexpr std::size_t kTimeWidth = 12;

// The events that are shown, as indices in the order of their starts.
struct Window {
  std::vector<std::size_t> events;
  std::size_t before = 0;
  std::size_t after = 0;
};

Window Choose(const History& history, std::size_t marked, std::size_t events_max) {
  std::vector<std::size_t> order(history.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(history[a].start_ns, a) < std::pair(history[b].start_ns, b);
  });
  const std::size_t shown = std::min(order.size(), events_max);
  std::size_t first = order.size() - shown;
  if (marked < history.size()) {
    const auto at = static_cast<std::size_t>(std::ranges::find(order, marked) - order.begin());
    first = std::min(first, at - std::min(at, shown / 2));
  }
  const auto begin = order.begin() + static_cast<std::ptrdiff_t>(first);
  return {.events = {begin, begin + static_cast<std::ptrdiff_t>(shown)},
          .before = first,
          .after = order.size() - first - shown};
}

struct Moment {
  std::int64_t at;
  std::size_t rank;  // of the event in the window: at equal times, what began first comes first
  bool ends;
};

std::vector<Moment> MomentsOf(const History& history, const std::vector<std::size_t>& events) {
  std::vector<Moment> moments;
  for (std::size_t rank = 0; rank < events.size(); ++rank) {
    const Event& event = history[events[rank]];
    moments.push_back({event.start_ns, rank, false});
    if (event.end_ns != Event::kNeverEnded) moments.push_back({event.end_ns, rank, true});
  }
  std::ranges::sort(moments, [](const Moment& a, const Moment& b) {
    return a.at != b.at ? a.at < b.at : std::pair(a.rank, a.ends) < std::pair(b.rank, b.ends);
  });
  return moments;
}

class Picture {
 public:
  Picture(const Program& program, const History& history, std::size_t marked,
          std::string_view reason)
      : program_(program),
        history_(history),
        marked_(marked),
        reason_(reason),
        lanes_(program.actors(), Lane::kIdle) {}

  std::string Draw(const Window& window) {
    const std::vector<Moment> moments = MomentsOf(history_, window.events);
    for (std::size_t i = 0; i < moments.size(); ++i) {
      const std::size_t event = window.events[moments[i].rank];
      const bool whole =
          !moments[i].ends && i + 1 < moments.size() && moments[i + 1].rank == moments[i].rank;
      AddRow(moments[i].at, event, whole, whole || moments[i].ends);
      if (whole) ++i;
    }
    AddLastRow();
    return Render(window);
  }

 private:
  enum class Lane : std::uint8_t { kIdle, kInCall, kDead };
  struct Row {
    std::int64_t at = 0;
    bool has_time = true;
    bool marked = false;
    std::vector<std::string> cells;
  };

  Row Blank() const {
    Row row;
    for (const Lane lane : lanes_) row.cells.push_back(lane == Lane::kInCall ? "|" : "");
    return row;
  }

  void AddRow(std::int64_t at, std::size_t index, bool whole, bool ends) {
    const Event& event = history_[index];
    Row row = Blank();
    row.at = at;
    row.marked = index == marked_ && (ends || event.end_ns == Event::kNeverEnded);
    std::string& cell = row.cells[event.actor];
    if (whole) {
      cell = fmt::format("* {}: {}", CallText(program_, event), Ending(event));
    } else if (ends) {
      cell = fmt::format("< {}", Ending(event));
    } else {
      cell = fmt::format("> {}", CallText(program_, event));
    }
    if (lanes_[event.actor] != Lane::kDead) {
      lanes_[event.actor] = ends ? Lane::kIdle : Lane::kInCall;
    }
    if (ends && event.action == Action::kKill && event.outcome.ok()) MarkKilled(event, row);
    rows_.push_back(std::move(row));
  }

  std::string Ending(const Event& event) const {
    return fmt::format("{} [{}]", OutcomeText(program_, event),
                       DurationText(event.end_ns - event.start_ns));
  }

  void MarkKilled(const Event& kill, Row& row) {
    if (kill.operation_index >= program_.operations.size()) return;
    const std::uint32_t target = program_.operations[kill.operation_index].target;
    if (target >= lanes_.size() || target == kill.actor) return;
    row.cells[target] = lanes_[target] == Lane::kInCall ? "x KILLED in this call" : "x KILLED";
    lanes_[target] = Lane::kDead;
  }

  // What became of calls that never ended.
  void AddLastRow() {
    if (std::ranges::find(lanes_, Lane::kInCall) == lanes_.end()) return;
    const bool is_told_here = marked_ >= history_.size() && !reason_.empty();
    Row row = Blank();
    row.has_time = false;
    for (const Event& event : history_) {
      if (event.end_ns != Event::kNeverEnded || lanes_[event.actor] != Lane::kInCall) continue;
      const bool fault = event.operation_index < program_.operations.size() &&
                         program_.operations[event.operation_index].fault.kind == FaultKind::kKill;
      row.cells[event.actor] = fault ? "x KILLED by its fault" : "? never ended";
      if (is_told_here && !fault && !row.marked) {
        row.marked = true;
        told_in_ = event.actor;
      }
    }
    rows_.push_back(std::move(row));
  }

  std::vector<std::size_t> Widths() const {
    std::vector<std::size_t> widths(lanes_.size(), kLaneWidthMin);
    for (const Row& row : rows_) {
      for (std::size_t i = 0; i < widths.size(); ++i) {
        widths[i] = std::max(widths[i], row.cells[i].size());
      }
    }
    return widths;
  }

  std::string Render(const Window& window) const {
    const std::int64_t origin = rows_.empty() ? 0 : rows_.front().at;
    std::int64_t last = origin;
    for (const Row& row : rows_) last = row.has_time ? row.at : last;
    const bool nanoseconds = last - origin < kSpanInNanoseconds;
    const std::vector<std::size_t> widths = Widths();
    std::string text;
    if (window.before != 0) text += fmt::format("({} earlier events)\n", window.before);
    text += Header(widths, nanoseconds);
    for (const Row& row : rows_) {
      const std::int64_t at = row.at - origin;
      std::string time;
      if (row.has_time) {
        time = nanoseconds ? fmt::format("{}", at) : fmt::format("{}.{:03}", at / 1000, at % 1000);
      }
      AddLine(text, row.marked ? kPointer : "", time, row.cells, widths);
      if (row.marked) AddReason(text, widths);
    }
    if (window.after == 0) AddReasonAtEnd(text);
    if (window.after != 0) text += fmt::format("({} later events)\n", window.after);
    return text;
  }

  std::string Header(const std::vector<std::size_t>& widths, bool nanoseconds) const {
    std::vector<std::string> names;
    std::vector<std::string> rules;
    for (std::uint32_t actor = 0; actor < lanes_.size(); ++actor) {
      names.push_back(ActorName(program_, actor));
      rules.emplace_back(widths[actor], '-');
    }
    std::string text;
    AddLine(text, "", nanoseconds ? "ns" : "us", names, widths);
    AddLine(text, "", std::string(kTimeWidth - kPointer.size(), '-'), rules, widths);
    return text;
  }

  static void AddLine(std::string& text, std::string_view pointer, std::string_view time,
                      const std::vector<std::string>& cells,
                      const std::vector<std::size_t>& widths) {
    std::string line = fmt::format("{}{:>{}}", pointer, time, kTimeWidth - pointer.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += fmt::format("{:{}}{:{}}", "", kGap, cells[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text.append(line).push_back('\n');
  }

  // Below the marked event, beginning in its lane.
  void AddReason(std::string& text, const std::vector<std::size_t>& widths) const {
    if (reason_.empty()) return;
    const std::uint32_t lane = marked_ < history_.size() ? history_[marked_].actor : *told_in_;
    std::size_t column = kTimeWidth + kGap;
    for (std::uint32_t i = 0; i < lane; ++i) column += widths[i] + kGap;
    text += fmt::format("{:{}}^ {}\n", "", column, reason_);
  }

  // What no single call shows, such as what was left behind, shows when all is over.
  void AddReasonAtEnd(std::string& text) const {
    if (reason_.empty() || marked_ < history_.size() || told_in_) return;
    text += fmt::format("{}{:>{}}{:{}}^ {}\n", kPointer, "end", kTimeWidth - kPointer.size(), "",
                        kGap, reason_);
  }

  const Program& program_;
  const History& history_;
  std::size_t marked_;
  std::string_view reason_;
  std::optional<std::uint32_t> told_in_;  // the lane of the call that never ended
  std::vector<Lane> lanes_;
  std::vector<Row> rows_;
};

}  // namespace

std::string SwimLanes(const Program& program, const History& history, std::size_t marked,
                      std::size_t lines_max, std::string_view reason) {
  return Picture(program, history, marked, reason).Draw(Choose(history, marked, lines_max));
}

}  // namespace ipc_hammer
