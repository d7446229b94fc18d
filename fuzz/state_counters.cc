#include "fuzz/state_counters.h"

#include <algorithm>
#include <bit>

namespace ipc_hammer {
namespace {

// 0: success; else which error.
std::uint32_t ClassOf(const Outcome& outcome) {
  return outcome.ok() ? 0 : 1 + static_cast<std::uint32_t>(outcome.error);
}

std::uint32_t ActionClass(const Event& event) {
  return static_cast<std::uint32_t>(event.action) * (kErrcCount + 1U) + ClassOf(event.outcome);
}

// What is known of the channel while the history is read.
class Observer {
 public:
  Observer(const Program& program, std::span<volatile std::uint8_t> counters)
      : program_(program), counters_(counters) {}

  void See(const Event& event) {
    const std::uint32_t action = ActionClass(event);
    const std::uint32_t role = event.actor < program_.producers ? 0 : 1;
    Count(0, action * 2 + role);
    Count(1, action << 16 | DepthBucket() << 8 | (closed_ & 255U));
    Count(2, action << 16 | previous_ << 1 | role);
    if (event.outcome.fault_fired) Count(3, action << 8 | FaultOf(event));
    previous_ = action;
    Advance(event);
  }

 private:
  void Count(std::uint32_t family, std::uint32_t value) {
    // Fibonacci hashing: the product's upper bits are well mixed.
    const std::uint32_t hash = (value * 4U + family) * 2654435769U;
    // Whether a state was seen, not how often: else every longer program is a new one.
    counters_[hash >> (32 - std::countr_zero(kStateCounters))] = 1;
  }

  // 0, 1, 2-3, 4-7 ... messages.
  std::uint32_t DepthBucket() const {
    return static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint32_t>(queued_)));
  }

  std::uint32_t FaultOf(const Event& event) const {
    if (event.operation_index >= program_.operations.size()) return 0;
    return static_cast<std::uint32_t>(program_.operations[event.operation_index].fault.kind);
  }

  void Advance(const Event& event) {
    if (!event.outcome.ok()) return;
    if (event.action == Action::kSend) ++queued_;
    if (event.action == Action::kReceive) queued_ = std::max(queued_ - 1, 0);
    const std::uint32_t bit = 1U << (event.actor & 7U);
    if (event.action == Action::kClose) closed_ |= bit;
    if (event.action == Action::kOpen) closed_ &= ~bit;
  }

  const Program& program_;
  std::span<volatile std::uint8_t> counters_;
  int queued_ = 0;
  std::uint32_t closed_ = 0;
  std::uint32_t previous_ = 0;
};

}  // namespace

void CountStates(const Program& program, const History& history,
                 std::span<volatile std::uint8_t> counters) {
  Observer observer(program, counters);
  for (const Event& event : history) observer.See(event);
}

}  // namespace ipc_hammer
