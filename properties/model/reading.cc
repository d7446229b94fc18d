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
  for (std::size_t a = 0; a < arrivals_.size(); ++a) {
    std::vector<std::size_t> matches;
    for (std::size_t m = 0; m < arrivals_[a].sent_before && matches.size() < 2; ++m) {
      if (IsMatch(arrivals_[a], m)) matches.push_back(m);
    }
    if (matches.size() == 1) arrives[matches[0]] = a;
  }
  for (Way& way : ways_) {
    way.due.assign(way.messages.size() + 1, kNever);
    for (std::size_t at = way.messages.size(); at-- > 0;) {
      way.due[at] = std::min(way.due[at + 1], arrives[way.messages[at]]);
    }
  }
}

bool Reading::IsMatch(const Arrival& arrival, std::size_t message) const {
  return arrival.is_message && sent_[message].size_bytes == arrival.bytes.size() &&
         Matches(arrival.bytes, run_, sent_[message].id);
}

bool Reading::From(std::size_t arrival) {
  if (arrival == arrivals_.size()) return true;
  std::pair here{arrival, Progress()};
  if (dead_ends_.size() >= kReadingsMax || dead_ends_.contains(here)) return false;
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
  for (std::size_t w = 0; w < ways_.size(); ++w) {
    const Way& way = ways_[w];
    for (std::size_t at = way.come; at < way.messages.size(); ++at) {
      const std::size_t message = way.messages[at];
      if (message >= arrivals_[arrival].sent_before) break;
      if (IsMatch(arrivals_[arrival], message)) {
        choices.push_back({.due = way.due[at], .way = w, .at = at});
      }
      if (!sent_[message].droppable) break;
    }
  }
  std::ranges::sort(choices);
  return choices;
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
