// MessageRing: a bounded queue of messages in shared memory, for any number of senders and
// receivers in any number of processes, that survives kill -9 of each of them at any instant.
//
// Layout: a RingHeader, then `capacity` slots of `slot_stride` bytes: a 32-bit size and the
// message. Fields have fixed widths, there are no pointers, and `layout` tells byte order and
// offsets. `sent` and `received` count for ever; message n is in slot n % capacity.
//
// Why a kill does no harm:
//   * Each operation is made visible by one store: Send fills a free slot and then stores `sent`,
//     Receive copies a message out and then stores `received`. Killed before the store it has not
//     happened, killed after it it has; there is nothing to roll back and nothing torn.
//   * The lock of a dead holder passes on (ring_lock.h), and the next holder wakes all sleepers.
//   * Sleepers are woken before the store, while the lock is held: then they wait for the lock, and
//     have it when its holder has stored, or has died before or after that. A wake-up that came
//     after the store could be lost with its sender, and nobody might ever come to make up for it.
//   * A sleeper marks the word it sleeps on, and whoever changes what it waits for wakes all who
//     sleep there and takes the mark off. Nothing counts sleepers: a killed one leaves a mark,
//     which costs the next operation one wake-up, and cannot swallow a wake-up meant for others.
//
// Why a hostile peer does no harm: everything that decides about memory (capacity, sizes) is
// checked once and kept in private memory; `sent`, `received` and a slot's size are read once for
// each operation and checked before use. A peer can spoil messages, and delay us until our
// deadline. What remains: it may make the object smaller, and then we die by SIGBUS (mapping.h).
//
// Threads: all functions from any thread. Blocking: until the deadline; the lock is held for one
// copy of a message, and if its holder is stopped or the lock was scribbled on, a sooner deadline,
// Deadline::Now() too, waits kLockPatience for it.
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MESSAGE_RING_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MESSAGE_RING_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/shared_memory/ring_lock.h"
#include "transports/sys/futex.h"
#include "transports/sys/mapping.h"

namespace ipc_hammer {

inline constexpr std::size_t kRingMessagesMax = 4096;
inline constexpr std::size_t kRingMessageBytesMax = 1 << 20;
// The whole object: no option takes more memory than this, no header makes an opener map more.
inline constexpr std::size_t kRingBytesMax = 256 << 20;

// How long to wait for the lock where the caller's deadline is sooner. Long enough that a holder
// that only lost its processor comes back: else "empty" would be said of a queue that is not.
inline constexpr std::chrono::milliseconds kLockPatience{400};

// What does not change while the object lives.
struct RingGeometry {
  std::uint32_t capacity = 0;
  std::uint32_t message_bytes_max = 0;
  std::uint32_t slot_stride = 0;
  std::uint32_t reserved = 0;
  std::uint64_t size_bytes = 0;  // of the whole object
  friend bool operator==(const RingGeometry&, const RingGeometry&) = default;
};

// Errors: kInvalidArgument (zero), kTooLarge (above the limits).
Result<RingGeometry> RingGeometryFor(std::size_t capacity, std::size_t message_bytes_max);

struct RingHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t layout;
  RingGeometry geometry;
  // Apart from each other by a cache line, so that a waiting sender does not slow a receiver down.
  alignas(64) FutexWord lock;
  alignas(64) FutexWord not_empty;  // receivers sleep here: bit 0 is the mark, the rest counts
  alignas(64) FutexWord not_full;   // senders sleep here
  alignas(64) std::atomic<std::uint64_t> sent;
  std::atomic<std::uint64_t> received;
};

class MessageRing {
 public:
  // Fills the object `fd`, which has geometry.size_bytes and which nobody else knows yet. Its lock
  // is that of robust_lock.h. Errors: kNoSpace, kSystem.
  static Result<MessageRing> Create(int fd, const RingGeometry& geometry);
  // Checks the header of an object of `size_bytes` and maps it.
  // Errors: kCorrupt (not a ring, or of another version or layout), kNoSpace, kSystem.
  static Result<MessageRing> Open(int fd, std::uint64_t size_bytes);

  // The same with memory that is mapped already, whole, and with another lock.
  // REQUIRES: Create: zeroes of geometry.size_bytes.
  static MessageRing Create(Mapping mapping, const RingGeometry& geometry,
                            const RingLockMaker& make_lock);
  // Errors: kCorrupt.
  static Result<MessageRing> Open(Mapping mapping, const RingLockMaker& make_lock);

  // `is_closed` ends a wait with kClosed; whoever sets it calls WakeSleepers() afterwards.
  // Errors of both: kWouldBlock, kTimedOut, kClosed, kCorrupt, kSystem; kTooLarge: a message above
  // the limit, a buffer below it.
  // Both return the message's size.
  Result<std::size_t> Send(std::span<const std::byte> message, const std::atomic<bool>& is_closed,
                           Deadline deadline);
  Result<std::size_t> Receive(std::span<std::byte> buffer, const std::atomic<bool>& is_closed,
                              Deadline deadline);
  // Makes everyone who sleeps look again. Never blocks.
  void WakeSleepers();

  const RingGeometry& geometry() const { return geometry_; }
  std::size_t message_bytes_max() const { return geometry_.message_bytes_max; }

 private:
  MessageRing(Mapping mapping, const RingGeometry& geometry, const RingLockMaker& make_lock)
      : mapping_(std::move(mapping)), geometry_(geometry), lock_(make_lock(header().lock)) {}

  struct Counts {
    std::uint64_t sent;
    std::uint64_t received;
  };

  RingHeader& header() const { return *reinterpret_cast<RingHeader*>(mapping_.data()); }
  std::byte* Slot(std::uint64_t number) const;
  Result<void> Lock(Deadline deadline);

  // These four REQUIRE the lock. kWouldBlock: the ring is full or empty.
  // Wakes whoever sleeps on `word`, if anyone does.
  void WakeMarked(FutexWord& word);
  Result<Counts> ReadCounts() const;
  Result<std::size_t> TrySend(std::span<const std::byte> message);
  Result<std::size_t> TryReceive(std::span<std::byte> buffer);

  // Calls attempt() under the lock, and sleeps on `word` between, until it does not say
  // kWouldBlock.
  template <typename Attempt>
  Result<std::size_t> Repeat(FutexWord& word, const std::atomic<bool>& is_closed, Deadline deadline,
                             Attempt attempt);

  Mapping mapping_;
  RingGeometry geometry_;
  std::unique_ptr<RingLock> lock_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MESSAGE_RING_H_
