// Arrivals: what was sent and what came, where each endpoint's messages go their own way and some
// of them look the same.
//
// A message without identity (an empty one, say) may have been either of two endpoints', and of a
// lossy kind also either of two of one endpoint. The model takes the first that fits; when a later
// answer shows that it was another one, it asks here for all that came to be read anew.
//
// Cost: a few words for each message until the channel is known to be empty. A reading anew is
// quadratic in them, and a search beyond that only where no reading explains what came.
#ifndef IPC_HAMMER_PROPERTIES_MODEL_ARRIVALS_H_
#define IPC_HAMMER_PROPERTIES_MODEL_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "properties/model/message_queue.h"
#include "properties/model/reading.h"

namespace ipc_hammer {

class Arrivals {
 public:
  void Clear() { *this = {}; }
  void Sent(const QueuedMessage& message);
  void Received(std::span<const std::byte> bytes);
  void NothingThere();

  // As much as may be under way, whichever of the messages that look the same have come.
  // Zero where the model's guess is known to be right.
  std::size_t messages_max() const { return some_look_the_same_ ? messages_ : 0; }
  std::size_t bytes_max() const { return some_look_the_same_ ? bytes_ : 0; }
  // Is nothing under way, if the model's guess is that nothing is?
  bool IsSurelyEmpty() const { return messages_max() == 0; }

  // What is still under way, in the order of sending, after some reading in which every arrival is
  // a message that had been sent before it, no endpoint's messages overtake each other, only those
  // that may be dropped were, and nothing was owed when nothing was there. nullopt: there is none.
  // Where the search gives up, everything that was sent may still be under way, and nothing is
  // owed.
  std::optional<std::vector<QueuedMessage>> ReadAnew(std::uint32_t run);

 private:
  void ForgetWhatCame();

  std::vector<QueuedMessage> sent_;
  std::vector<Arrival> arrivals_;
  std::size_t messages_ = 0;  // sent and not received, as if nothing were ever dropped
  std::size_t bytes_ = 0;
  bool some_look_the_same_ = false;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_MODEL_ARRIVALS_H_
