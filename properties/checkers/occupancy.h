// Occupancy: bounds on how much is queued in a lane, over time.
//
// A message is surely inside from the end of its send to the start of its receive, and possibly
// inside from the start of its send to the end of its receive. Both ends are open, because at equal
// times calls overlap and either may have come first. So time is laid out in positions: 2t is the
// instant t, 2t + 1 the open stretch up to the next instant.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_OCCUPANCY_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_OCCUPANCY_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "properties/checkers/exchange.h"

namespace ipc_hammer {

// Nothing ends at kNeverEnded or at the lowest time, and no clock gets near them: a quarter of them
// still compares right, and can be doubled.
inline constexpr std::int64_t kTimeMax = Event::kNeverEnded / 4;
constexpr std::int64_t PointAt(std::int64_t t) { return 2 * std::clamp(t, -kTimeMax, kTimeMax); }
constexpr std::int64_t JustAfter(std::int64_t t) { return PointAt(t) + 1; }
constexpr std::int64_t JustBefore(std::int64_t t) { return PointAt(t) - 1; }

// The positions at which some condition holds, as disjoint runs in ascending order.
class Stretches {
 public:
  // From this position on the condition holds, or does not. REQUIRES: positions never decrease.
  void Set(std::int64_t position, bool holds);
  // Does it hold at any position of [from, to]?
  bool AnyIn(std::int64_t from, std::int64_t to) const;

 private:
  struct Run {
    std::int64_t from;
    std::int64_t to;  // exclusive
  };
  static constexpr std::int64_t kOpenEnd = Event::kNeverEnded;
  std::vector<Run> runs_;
};

// What is surely queued: sends that ended, less the receives that began and may have taken it.
struct SurelyQueued {
  Stretches may_be_empty;
  // The first send that ended with more queued than `capacity`, and how many were.
  std::optional<std::pair<EventIndex, std::int64_t>> above_capacity;
};
SurelyQueued FindSurelyQueued(const Case& subject, const Lane& lane, std::int64_t capacity);

// What makes a channel full.
struct Room {
  std::int64_t messages;  // full from so many on
  std::int64_t bytes;     // full from so many on
};
// Where the sends of `sender` (kAnySender: of all) may have found the lane full. What one send put
// into a byte stream counts as one message until nothing of it can be left.
inline constexpr std::uint32_t kAnySender = ~std::uint32_t{0};
Stretches FindMayBeFull(const Case& subject, const Lane& lane, std::uint32_t sender, Room room);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_OCCUPANCY_H_
