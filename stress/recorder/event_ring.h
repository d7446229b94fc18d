// One actor's ring of events in the flight recorder's memory.
//
// Begin() makes a pending event visible before the operation starts, End() its outcome afterwards.
// The stores are ordered so that whoever reads after the writer was killed at any instruction
// finds each event either complete or pending. One writer; readers come when it is finished, dead
// or stuck. No allocation, no system call.
#ifndef IPC_HAMMER_STRESS_RECORDER_EVENT_RING_H_
#define IPC_HAMMER_STRESS_RECORDER_EVENT_RING_H_

#include <atomic>
#include <cstdint>
#include <span>
#include <type_traits>

#include "properties/history/history.h"
#include "stress/recorder/control_block.h"

namespace ipc_hammer {

static_assert(std::is_trivially_copyable_v<Event>, "events live in shared memory");

class EventRing {
 public:
  EventRing(std::span<Event> events, ActorSlot& slot) : events_(events), slot_(&slot) {}

  // `event.outcome` says what is known beforehand (which message); its state becomes pending.
  Event& Begin(const Event& event) {
    const std::uint64_t n = slot_->events.load(std::memory_order_relaxed);
    Event& place = events_[n % events_.size()];
    place.outcome.state = Outcome::State::kPending;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    place = event;
    place.outcome.state = Outcome::State::kPending;
    // A kill stops this processor's stores at one point of their order; only the compiler could
    // still have changed that order.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slot_->events.store(n + 1, std::memory_order_release);
    return place;
  }

  static void End(Event& place, Outcome outcome, std::int64_t end_ns) {
    const Outcome::State state = outcome.state;
    outcome.state = Outcome::State::kPending;
    place.outcome = outcome;
    place.end_ns = end_ns;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    place.outcome.state = state;
  }

 private:
  std::span<Event> events_;
  ActorSlot* slot_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RECORDER_EVENT_RING_H_
