// Arrivals: what was sent and what came, where each endpoint's messages go their own way and some
// of them look the same.
//
// A message without identity (an empty one, say) may have been either of two endpoints'. The model
// takes the first that fits; when a later message shows that it was the other one, it asks here for
// all that came to be read anew.
//
// Cost: a few words for each message until the channel is next empty; a reading anew is a search
// over how much of each endpoint's messages has come.
#ifndef IPC_HAMMER_PROPERTIES_MODEL_ARRIVALS_H_
#define IPC_HAMMER_PROPERTIES_MODEL_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "properties/model/message_queue.h"

namespace ipc_hammer {

class Arrivals {
 public:
  void Clear() {
    sent_.clear();
    arrived_.clear();
  }
  void Sent(const QueuedMessage& message) { sent_.push_back(message); }
  void Received(std::span<const std::byte> bytes) {
    arrived_.push_back({{bytes.begin(), bytes.end()}, sent_.size()});
  }

  // What is still under way, in the order of sending, after some reading in which every arrival is
  // a message that had been sent before it and no endpoint's messages overtake each other. nullopt:
  // there is none.
  std::optional<std::vector<QueuedMessage>> ReadAnew(std::uint32_t run) const;

 private:
  struct Arrival {
    std::vector<std::byte> bytes;
    std::size_t sent_before = 0;
  };

  std::vector<QueuedMessage> sent_;
  std::vector<Arrival> arrived_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_MODEL_ARRIVALS_H_
