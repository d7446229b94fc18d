// Scene: a fresh channel on which one process, the victim, is held in the middle of an operation:
// killed there (rule survive-kill) or stopped there (rule stopped-peer). What the cases of both
// share. The victim's endpoint is one that only it has.
//
// One thread. Not for byte streams: where their units begin only their frames say.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_SCENE_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_SCENE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/crash_points.h"

namespace ipc_hammer {

// Whose a message is: of one that lives all the time, of the victim, of one that comes later.
inline constexpr std::uint32_t kLive = 0, kDead = 1, kNew = 2;

inline Deadline Patience() { return Deadline::After(kStuckAfter); }

// Streams are held in the shape of their frames.
constexpr bool HasUnits(const Traits& traits) { return traits.shape != Shape::kBytes; }

// A victim needs a role of its own, or the one that the case gives up for it.
constexpr bool TakesAnotherProducer(const Traits& traits) {
  return traits.producers_max > 1 || traits.reopens_producer;
}
constexpr bool TakesAnotherConsumer(const Traits& traits) {
  return traits.consumers_max > 1 || (traits.reopens_consumer && !traits.consumer_is_creator);
}

struct Scene {
  explicit Scene(const TransportKind& kind, std::size_t capacity = kSmall);

  Result<void> Send(std::uint32_t producer, std::uint64_t sequence, Endpoint& from,
                    Deadline deadline = Soon());
  bool AttachVictim(Role role);
  void GiveUpTheOnlyProducer();
  // What is still in the channel, in order; so many are waited for. An error other than "nothing
  // more" is `error`.
  std::vector<MessageId> Drain(Endpoint& consumer, std::string& error, std::size_t expected = 0);
  // Everything works, for those who come now: "" or what does not.
  std::string GoesOn();

  static constexpr std::size_t kSmall = 4;

  Bench bench;
  std::unique_ptr<Endpoint> victim;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_SCENE_H_
