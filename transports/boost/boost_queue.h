// BoostQueue: the shared part of boost_shm, constructed in a managed segment: a ring of slots, one
// mutex, and a condition for each side, all the library's own.
//
// Threads and processes: any. Blocking: until the deadline, except that the library's notify and
// lock may hang after a kill (boost_shm.h).
#ifndef IPC_HAMMER_TRANSPORTS_BOOST_BOOST_QUEUE_H_
#define IPC_HAMMER_TRANSPORTS_BOOST_BOOST_QUEUE_H_

#include <atomic>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/offset_ptr.hpp>
#include <boost/interprocess/sync/interprocess_condition.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "transports/deadline.h"
#include "transports/error.h"

namespace ipc_hammer {

// How long to wait for the mutex where the caller's deadline is sooner.
inline constexpr std::chrono::milliseconds kMutexPatience{400};

class BoostQueue {
 public:
  // Throws what the library throws when the segment is too small.
  BoostQueue(boost::interprocess::managed_shared_memory& segment, std::size_t capacity,
             std::size_t message_bytes_max);

  // What the slots of such a queue take in a segment.
  static std::size_t SlotBytes(std::size_t capacity, std::size_t message_bytes_max);

  std::size_t message_bytes_max() const { return message_bytes_max_; }

  // `is_closed` ends a wait with kClosed; whoever sets it calls WakeAll() afterwards.
  // Errors of both: kWouldBlock, kTimedOut, kClosed, kTooLarge, kCorrupt, kNoSpace, kSystem.
  // Both return the message's size.
  Result<std::size_t> Send(std::span<const std::byte> message, const std::atomic<bool>& is_closed,
                           Deadline deadline);
  Result<std::size_t> Receive(std::span<std::byte> buffer, const std::atomic<bool>& is_closed,
                              Deadline deadline);
  // Makes everyone who waits look again.
  Result<void> WakeAll();

 private:
  using Condition = boost::interprocess::interprocess_condition;

  // Under the mutex: waits on `condition` until is_ready(), then act(), then wakes one of `others`.
  template <typename IsReady, typename Act>
  Result<std::size_t> Perform(Condition& condition, Condition& others,
                              const std::atomic<bool>& is_closed, Deadline deadline,
                              IsReady is_ready, Act act);
  std::byte* Slot(std::uint64_t number);

  boost::interprocess::interprocess_mutex mutex_;
  Condition not_empty_;
  Condition not_full_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  const std::size_t capacity_;
  const std::size_t message_bytes_max_;
  const boost::interprocess::offset_ptr<std::byte> slots_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_BOOST_BOOST_QUEUE_H_
