// How much processor time an actor uses while it waits: a blocked actor uses none.
//
// Only waits that end empty are measured, and only where the answer is worth the system calls that
// reading a thread's times costs. Time in which others kept the thread from the processor counts
// neither way, so a busy machine makes nobody look idle or busy. Where messages are large, a wait
// that ends empty may have moved most of one, so nothing is measured. One thread has one meter.
#ifndef IPC_HAMMER_STRESS_ACTORS_IDLE_METER_H_
#define IPC_HAMMER_STRESS_ACTORS_IDLE_METER_H_

#include <cstdint>
#include <optional>

#include "properties/program/operation.h"
#include "stress/process/thread_sight.h"
#include "stress/recorder/control_block.h"
#include "transports/deadline.h"

namespace ipc_hammer {

class IdleMeter {
 public:
  IdleMeter(ActorSlot& slot, std::uint32_t message_size_bytes)
      : slot_(&slot), small_(message_size_bytes <= kSmallBytes) {}

  // Before a call that may block for so long. `first`: of a row of the same calls.
  void Before(std::uint32_t timeout_us, bool first) {
    before_.reset();
    if (!small_ || timeout_us < kWorthUs || timeout_us == kTimeoutNever || !(first || was_empty_))
      return;
    before_ = TimesOfThisThread();
    wall_ns_ = MonotonicNs();
  }

  void After(bool timed_out) {
    was_empty_ = timed_out;
    if (!before_ || !timed_out) return;
    const std::int64_t wall_ns = MonotonicNs() - wall_ns_;
    if (const auto after = TimesOfThisThread()) {
      Add(slot_->idle_ns, wall_ns - (after->delay_ns - before_->delay_ns));
      Add(slot_->idle_cpu_ns, after->cpu_ns - before_->cpu_ns);
    }
  }

 private:
  static constexpr std::uint32_t kWorthUs = 10'000;
  static constexpr std::uint32_t kSmallBytes = 4096;

  static void Add(std::atomic<std::uint64_t>& sum, std::int64_t ns) {
    if (ns > 0) sum.fetch_add(static_cast<std::uint64_t>(ns), std::memory_order_relaxed);
  }

  ActorSlot* slot_;
  bool small_;
  bool was_empty_ = false;
  std::optional<ThreadTimes> before_;
  std::int64_t wall_ns_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_IDLE_METER_H_
