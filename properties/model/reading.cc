#include "properties/model/reading.h"

#include <algorithm>

#include "properties/program/payload.h"

namespace ipc_hammer {

Reading::Reading(std::span<const QueuedMessage> sent, std::span<const Arrival> arrivals,
                 std::uint32_t run)
    : sent_(sent), arrivals_(arrivals), run_(run) {
  SortIntoWays();
  FindWhatIsDue();
}

void Reading::SortIntoWays() {
  for (std::size_t message = 0; message < sent_.size(); ++message) {
    auto way = std::ranges::find(ways_, sent_[message].way, &Way::number);
    if (way == ways_.end()) {
      way = ways_.emplace(way);
      way->number = sent_[message].way;
    }
    way->messages.push_back(message);
  }
}

void Reading::FindWhatIsDue() {
  std::vector<std::size_t> arrives(sent_.size(), kNever);
  messages_before_.push_back(0);
  for (std::size_t a = 0; a < arrivals_.size(); ++a) {
    std::vector<std::size_t> matches;
    for (std::size_t m = 0; m < arrivals_[a].sent_before && matches.size() < 2; ++m) {
      if (IsMatch(arrivals_[a], m)) matches.push_back(m);
    }
    if (matches.size() == 1) arrives[matches[0]] = a;
    some_match_nothing_ |= arrivals_[a].is_message && matches.empty();
    messages_before_.push_back(messages_before_.back() + (arrivals_[a].is_message ? 1 : 0));
  }
  for (Way& way : ways_) {
    way.due.assign(way.messages.size() + 1, kNever);
    for (std::size_t at = way.messages.size(); at-- > 0;) {
      way.due[at] = std::min(way.due[at + 1], arrives[way.messages[at]]);
    }
    way.surely_before.push_back(0);
    for (const std::size_t message : way.messages) {
      const bool surely = !sent_[message].droppable || arrives[message] != kNever;
      way.surely_before.push_back(way.surely_before.back() + (surely ? 1 : 0));
    }
  }
}

bool Reading::IsMatch(const Arrival& arrival, std::size_t message) const {
  return arrival.is_message && sent_[message].size_bytes == arrival.bytes.size() &&
         Matches(arrival.bytes, run_, sent_[message].id);
}

Reading::Found Reading::Find() {
  if (some_match_nothing_) return Found::kNo;
  if (From(0)) return Found::kYes;
  return dead_ends_.size() < kDeadEndsMax ? Found::kNo : Found::kGaveUp;
}

bool Reading::From(std::size_t arrival) {
  if (arrival == arrivals_.size()) return true;
  std::pair here{arrival, Progress()};
  if (dead_ends_.size() >= kDeadEndsMax || dead_ends_.contains(here)) return false;
  if (IsTooLate(arrival)) return false;
  const Arrival& next = arrivals_[arrival];
  const bool found =
      next.is_message ? AsMessage(arrival) : NothingIsOwed(next.sent_before) && From(arrival + 1);
  if (!found) dead_ends_.insert(std::move(here));
  return found;
}

bool Reading::AsMessage(std::size_t arrival) {
  for (const Choice& choice : Choices(arrival)) {
    Way& way = ways_[choice.way];
    const std::size_t before = std::exchange(way.come, choice.at + 1);
    if (From(arrival + 1)) return true;
    way.come = before;
  }
  return false;
}

std::vector<Reading::Choice> Reading::Choices(std::size_t arrival) const {
  std::vector<Choice> choices;
  for (std::size_t way = 0; way < ways_.size(); ++way) AddChoices(arrival, way, choices);
  std::ranges::sort(choices);
  return choices;
}

// Of several of one way that may be dropped the first: whatever can come after a later one can come
// after it. The one that is owed is another choice, for then it is owed no more.
void Reading::AddChoices(std::size_t arrival, std::size_t way, std::vector<Choice>& choices) const {
  const Way& from = ways_[way];
  bool some_droppable = false;
  for (std::size_t at = from.come; at < from.messages.size(); ++at) {
    const std::size_t message = from.messages[at];
    if (message >= arrivals_[arrival].sent_before) return;
    const bool droppable = sent_[message].droppable;
    if (!(droppable && some_droppable) && IsMatch(arrivals_[arrival], message)) {
      choices.push_back({.due = from.due[at], .way = way, .at = at});
      some_droppable = true;
    }
    if (!droppable) return;
  }
}

// Is more due by some arrival than there are messages until then?
bool Reading::IsTooLate(std::size_t arrival) const {
  return std::ranges::any_of(ways_, [&](const Way& way) {
    const std::size_t last = way.due[way.come];
    return last != kNever && DueBy(last) > messages_before_[last + 1] - messages_before_[arrival];
  });
}

std::size_t Reading::DueBy(std::size_t last_arrival) const {
  std::size_t sum = 0;
  for (const Way& way : ways_) {
    const auto end = std::upper_bound(way.due.begin() + static_cast<std::ptrdiff_t>(way.come),
                                      way.due.end(), last_arrival);
    const auto at = static_cast<std::size_t>(end - way.due.begin());
    sum += way.surely_before[at] - way.surely_before[way.come];
  }
  return sum;
}

bool Reading::NothingIsOwed(std::size_t sent_before) const {
  return std::ranges::all_of(ways_, [&](const Way& way) {
    return std::all_of(
        way.messages.begin() + static_cast<std::ptrdiff_t>(way.come), way.messages.end(),
        [&](std::size_t message) { return message >= sent_before || sent_[message].droppable; });
  });
}

std::vector<std::size_t> Reading::Progress() const {
  std::vector<std::size_t> progress;
  for (const Way& way : ways_) progress.push_back(way.come);
  return progress;
}

std::vector<QueuedMessage> Reading::UnderWay() const {
  std::vector<std::size_t> left;
  for (const Way& way : ways_) {
    left.insert(left.end(), way.messages.begin() + static_cast<std::ptrdiff_t>(way.come),
                way.messages.end());
  }
  std::ranges::sort(left);
  std::vector<QueuedMessage> under_way;
  for (const std::size_t message : left) under_way.push_back(sent_[message]);
  return under_way;
}

}  // namespace ipc_hammer
