#include "transports/boost/boost_queue.h"

#include <boost/interprocess/sync/scoped_lock.hpp>
#include <cstring>

#include "transports/boost/boost_calls.h"
#include "transports/sys/deadlines.h"

namespace ipc_hammer {
namespace {

namespace bip = boost::interprocess;
using Lock = bip::scoped_lock<bip::interprocess_mutex>;

constexpr std::size_t kSizeFieldBytes = sizeof(std::uint64_t);

std::size_t Stride(std::size_t message_bytes_max) {
  return kSizeFieldBytes +
         (message_bytes_max + kSizeFieldBytes - 1) / kSizeFieldBytes * kSizeFieldBytes;
}

}  // namespace

BoostQueue::BoostQueue(bip::managed_shared_memory& segment, std::size_t capacity,
                       std::size_t message_bytes_max)
    : capacity_(capacity),
      message_bytes_max_(message_bytes_max),
      slots_(static_cast<std::byte*>(segment.allocate(SlotBytes(capacity, message_bytes_max)))) {}

std::size_t BoostQueue::SlotBytes(std::size_t capacity, std::size_t message_bytes_max) {
  return capacity * Stride(message_bytes_max);
}

std::byte* BoostQueue::Slot(std::uint64_t number) {
  return slots_.get() + number % capacity_ * Stride(message_bytes_max_);
}

template <typename IsReady, typename Act>
Result<std::size_t> BoostQueue::Perform(Condition& condition, Condition& others,
                                        const std::atomic<bool>& is_closed, Deadline deadline,
                                        IsReady is_ready, Act act) {
  const Deadline patient =
      EndsWithin(deadline, kMutexPatience) ? Deadline::After(kMutexPatience) : deadline;
  const auto perform = [&]() -> Result<std::size_t> {
    if (is_closed.load()) return Fail(Errc::kClosed, "queue");
    Lock lock(mutex_, ToWallClock(patient));
    if (!lock) return Fail(deadline.expired(), "interprocess_mutex");
    while (!is_ready()) {
      if (is_closed.load()) return Fail(Errc::kClosed, "queue");
      // The library's time is over when the wall clock says so, which can be before the deadline.
      if (deadline.HasPassed()) return Fail(deadline.expired(), "interprocess_condition");
      condition.timed_wait(lock, ToWallClock(deadline));
    }
    const std::size_t size = act();
    others.notify_one();
    return size;
  };
  const Result<Result<std::size_t>> performed = CallBoost("interprocess_condition", perform);
  return performed ? *performed : std::unexpected(performed.error());
}

Result<std::size_t> BoostQueue::Send(std::span<const std::byte> message,
                                     const std::atomic<bool>& is_closed, Deadline deadline) {
  if (message.size() > message_bytes_max_) return Fail(Errc::kTooLarge, "message");
  return Perform(
      not_full_, not_empty_, is_closed, deadline, [&] { return sent_ - received_ < capacity_; },
      [&] {
        std::byte* const slot = Slot(sent_);
        const std::uint64_t size = message.size();
        std::memcpy(slot, &size, kSizeFieldBytes);
        if (size != 0) std::memcpy(slot + kSizeFieldBytes, message.data(), size);
        ++sent_;
        return message.size();
      });
}

Result<std::size_t> BoostQueue::Receive(std::span<std::byte> buffer,
                                        const std::atomic<bool>& is_closed, Deadline deadline) {
  if (buffer.size() < message_bytes_max_) return Fail(Errc::kTooLarge, "buffer");
  Result<std::size_t> received = Perform(
      not_empty_, not_full_, is_closed, deadline, [&] { return sent_ != received_; },
      [&] {
        const std::byte* const slot = Slot(received_);
        std::uint64_t size = 0;
        std::memcpy(&size, slot, kSizeFieldBytes);
        if (size <= buffer.size()) std::memcpy(buffer.data(), slot + kSizeFieldBytes, size);
        ++received_;
        return static_cast<std::size_t>(size);
      });
  if (received && *received > buffer.size()) return Fail(Errc::kCorrupt, "message size");
  return received;
}

Result<void> BoostQueue::WakeAll() {
  return CallBoost("interprocess_condition", [&] {
    // Whoever looked at the flag before it was set is waiting once we have the mutex.
    const Lock lock(mutex_, ToWallClock(Deadline::After(kMutexPatience)));
    not_empty_.notify_all();
    not_full_.notify_all();
  });
}

}  // namespace ipc_hammer
