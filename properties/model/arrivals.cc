#include "properties/model/arrivals.h"

#include <map>
#include <set>
#include <utility>

#include "properties/program/payload.h"

namespace ipc_hammer {
namespace {

// For each way, in the order of sending, its messages as indices into what was sent.
using Ways = std::map<std::uint32_t, std::vector<std::size_t>>;
// For each way the number of its messages that have come or were dropped.
using Progress = std::map<std::uint32_t, std::size_t>;

}  // namespace

std::optional<std::vector<QueuedMessage>> Arrivals::ReadAnew(std::uint32_t run) const {
  Ways ways;
  for (std::size_t i = 0; i < sent_.size(); ++i) ways[sent_[i].way].push_back(i);
  Progress start;
  for (const auto& [number, way] : ways) start[number] = 0;
  std::set<Progress> readings = {start};
  for (const Arrival& arrival : arrived_) {
    std::set<Progress> next;
    for (const Progress& reading : readings) {
      for (const auto& [number, way] : ways) {
        for (std::size_t at = reading.at(number); at < way.size(); ++at) {
          const QueuedMessage& message = sent_[way[at]];
          if (way[at] >= arrival.sent_before) break;
          if (message.size_bytes == arrival.bytes.size() &&
              Matches(arrival.bytes, run, message.id)) {
            Progress advanced = reading;
            advanced[number] = at + 1;
            next.insert(std::move(advanced));
          }
          if (!message.droppable) break;
        }
      }
    }
    readings = std::move(next);
  }
  if (readings.empty()) return std::nullopt;
  Progress left = *readings.begin();
  std::vector<QueuedMessage> under_way;
  for (const QueuedMessage& message : sent_) {
    std::size_t& come = left[message.way];
    if (come == 0) under_way.push_back(message);
    if (come > 0) --come;
  }
  return under_way;
}

}  // namespace ipc_hammer
