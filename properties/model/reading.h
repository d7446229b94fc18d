// Reading: which of the messages that were sent each arrival was.
//
// Each way keeps the order of its messages; between ways there is none. The search goes through the
// arrivals in their order and gives each to a way whose turn it can have been, first to the one
// whose next message with an identity comes soonest: that way has to be through with what looks
// alike by then. Without drops that is the choice that cannot go wrong (earliest deadline first);
// otherwise the search goes back.
//
// Used once, by one thread. It gives up after kDeadEndsMax dead ends: then it says nothing of what
// came, neither that it can be explained nor that it cannot.
#ifndef IPC_HAMMER_PROPERTIES_MODEL_READING_H_
#define IPC_HAMMER_PROPERTIES_MODEL_READING_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "properties/model/message_queue.h"

namespace ipc_hammer {

// What a receive answered.
struct Arrival {
  bool is_message = false;       // or that nothing is there: then nothing is owed
  std::vector<std::byte> bytes;  // of the message
  std::size_t sent_before = 0;   // how many messages had been sent by then
};

class Reading {
 public:
  static constexpr std::size_t kDeadEndsMax = 10'000;

  enum class Found : std::uint8_t { kYes, kNo, kGaveUp };

  // REQUIRES: both live as long as this.
  Reading(std::span<const QueuedMessage> sent, std::span<const Arrival> arrivals,
          std::uint32_t run);

  // kYes: there is one, and UnderWay() is what has not come in it, in the order of sending.
  Found Find();
  std::vector<QueuedMessage> UnderWay() const;

 private:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  // One endpoint's messages.
  struct Way {
    std::uint32_t number = 0;
    std::vector<std::size_t> messages;  // indices into what was sent
    // For each of them the first arrival that can only be it, or one behind it.
    std::vector<std::size_t> due;
    // How many of those before it have come in any reading.
    std::vector<std::size_t> surely_before;
    std::size_t come = 0;  // how many of them have come or were dropped
  };
  struct Choice {
    std::size_t due = 0;
    std::size_t way = 0;
    std::size_t at = 0;  // in its messages
    auto operator<=>(const Choice&) const = default;
  };

  void SortIntoWays();
  void FindWhatIsDue();
  bool IsMatch(const Arrival& arrival, std::size_t message) const;

  bool From(std::size_t arrival);
  bool AsMessage(std::size_t arrival);
  bool NothingIsOwed(std::size_t sent_before) const;
  bool IsTooLate(std::size_t arrival) const;
  std::size_t DueBy(std::size_t last_arrival) const;
  std::vector<Choice> Choices(std::size_t arrival) const;
  void AddChoices(std::size_t arrival, std::size_t way, std::vector<Choice>& choices) const;
  std::vector<std::size_t> Progress() const;

  const std::span<const QueuedMessage> sent_;
  const std::span<const Arrival> arrivals_;
  const std::uint32_t run_;
  std::vector<Way> ways_;
  std::vector<std::size_t> messages_before_;  // of each arrival, that are messages
  bool some_match_nothing_ = false;
  std::set<std::pair<std::size_t, std::vector<std::size_t>>> dead_ends_;  // arrival and progress
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_MODEL_READING_H_
