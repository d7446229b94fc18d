// SpscRing: a bounded queue of messages in shared memory from one producer to one consumer, without
// locks: each side writes its own counter and reads the other's.
//
// Layout: an SpscHeader, then `capacity` slots of a 32-bit size and the message. `sent` and
// `received` count for ever; message n is in slot n % capacity. Each side remembers how far it may
// go without a look at the other's counter, so the cache line of that counter moves between the
// processors once for a run of messages and not for each.
//
// Publishing is one release store of the own counter, which the other side loads with acquire.
// Killed before the store an operation has not happened, killed after it it has: there is nothing
// to roll back and nothing torn. Whoever takes a dead side's role goes on at its counter.
//
// Waiting: a side that finds nothing to do looks for a moment, marks the word that it sleeps on,
// has the other side's processor pass a fence (process_fence.h), looks once more and sleeps. The
// other side publishes and then looks for the mark, without a fence, which would cost more than all
// the rest. A kill between publishing and waking leaves the sleeper asleep beside a message;
// therefore it looks again every kSpscSlice. The same fence makes "empty" and "full" true: what the
// other side had published before we looked is seen, even if its processor had not written it out
// yet. So a look that finds nothing costs some microseconds also with Deadline::Now(). Where the
// kernel has no such fence, the creator says so in the object and both sides publish with
// sequentially consistent stores.
//
// A hostile peer: the own counter is kept in private memory; the other's is checked against it each
// time it is read; a size is read once and checked. A peer can spoil messages and delay us until
// our deadline. What remains: it may make the object smaller, and then we die by SIGBUS
// (mapping.h).
//
// Threads: one on each side. REQUIRES: no two live producers, no two live consumers (role_lock.h).
// Sources: L. Lamport, "Specifying Concurrent Program Modules", 1983 (the counters); membarrier(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SPSC_RING_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SPSC_RING_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "transports/shared_memory/lock_free/ring_preamble.h"
#include "transports/sys/futex.h"
#include "transports/sys/mapping.h"
#include "transports/sys/process_fence.h"
#include "transports/transport.h"

namespace ipc_hammer {

// How long a sleeper sleeps at most before it looks again.
inline constexpr std::chrono::milliseconds kSpscSlice{100};

struct SpscHeader {
  RingPreamble preamble;
  // Each on a line of its own: who writes it must not take away what the other one reads.
  alignas(64) std::atomic<std::uint64_t> sent;
  alignas(64) std::atomic<std::uint64_t> received;
  alignas(64) FutexWord not_empty;  // the consumer sleeps here: bit 0 is the mark, the rest counts
  alignas(64) FutexWord not_full;   // the producer sleeps here
};

class SpscRing {
 public:
  // Errors: kInvalidArgument (zero), kTooLarge.
  static Result<RingPreamble> PreambleFor(std::size_t capacity, std::size_t message_bytes_max);
  // Fills the object `fd`, which has preamble.size_bytes and which nobody else knows yet.
  // Errors: kNoSpace, kSystem.
  static Result<SpscRing> Create(int fd, const RingPreamble& preamble);
  // Errors: kCorrupt (not a ring, or of another build), kNoSpace, kSystem (this process may not use
  // the fence that the ring needs).
  static Result<SpscRing> Open(int fd, std::uint64_t size_bytes);

  const RingPreamble& preamble() const { return preamble_; }
  std::size_t message_bytes_max() const { return preamble_.message_bytes_max; }
  SpscHeader& header() const { return *reinterpret_cast<SpscHeader*>(mapping_.data()); }
  std::byte* slots() const { return mapping_.data() + sizeof(SpscHeader); }
  bool has_process_fence() const;

 private:
  SpscRing(Mapping mapping, const RingPreamble& preamble)
      : mapping_(std::move(mapping)), preamble_(preamble) {}
  Mapping mapping_;
  RingPreamble preamble_;
};

// One side of a ring: where it is, and how far it may go.
class SpscSide {
 public:
  // Goes on where the last one of that role was.
  SpscSide(std::shared_ptr<const SpscRing> ring, Role role);

  // REQUIRES: the producer's side. Errors: kWouldBlock, kTimedOut, kClosed, kTooLarge, kCorrupt,
  // kSystem.
  [[gnu::always_inline]] Result<std::size_t> Send(std::span<const std::byte> message,
                                                  Deadline deadline) {
    if (message.size() > message_bytes_max_) [[unlikely]] {
      return Fail(Errc::kTooLarge, "message");
    }
    if (!HasSlot()) [[unlikely]] {
      if (Result<void> may = AwaitSlot(deadline); !may) return std::unexpected(may.error());
    }
    const auto size = static_cast<std::uint32_t>(message.size());
    std::memcpy(slot_, &size, sizeof size);
    CopyMessage(slot_ + sizeof size, message.data(), size);
    Publish();
    return message.size();
  }

  // REQUIRES: the consumer's side. Errors: those of Send; kTooLarge: a buffer below the limit.
  [[gnu::always_inline]] Result<std::size_t> Receive(std::span<std::byte> buffer,
                                                     Deadline deadline) {
    if (buffer.size() < message_bytes_max_) [[unlikely]] {
      return Fail(Errc::kTooLarge, "buffer");
    }
    if (!HasSlot()) [[unlikely]] {
      if (Result<void> may = AwaitSlot(deadline); !may) return std::unexpected(may.error());
    }
    // One load, which the compiler may not repeat after the check.
    const std::uint32_t size =
        std::atomic_ref(*reinterpret_cast<std::uint32_t*>(slot_)).load(std::memory_order_relaxed);
    if (size > message_bytes_max_) [[unlikely]] {
      return Fail(Errc::kCorrupt, "ring message size");
    }
    CopyMessage(buffer.data(), slot_ + sizeof size, size);
    Publish();
    return size;
  }

  // Ends the use of this side: operations are kClosed, a blocked one at once. From any thread.
  void Close();

 private:
  static constexpr std::uint32_t kMark = 1;

  // As far as we know, or after one look at the other side.
  bool HasSlot() {
    if (is_closed_.load(std::memory_order_relaxed)) return false;
    return done_ != limit_ || LookAtPeer() == Look::kThere;
  }

  enum class Look { kThere, kNotYet, kCorrupt };
  Look LookAtPeer() {
    // Acquire would do, but for rings without a process fence.
    const std::uint64_t limit = theirs_.load(std::memory_order_seq_cst) + ahead_;
    if (limit == done_) return Look::kNotYet;
    if (limit - done_ > capacity_) return Look::kCorrupt;
    limit_ = limit;
    return Look::kThere;
  }

  // For messages of about a cache line a call costs more than the copy.
  static void CopyMessage(std::byte* to, const std::byte* from, std::size_t size) {
    constexpr std::size_t kHalf = 32;
    if (size < kHalf || size > 2 * kHalf) {
      if (size != 0) std::memcpy(to, from, size);
      return;
    }
    std::memcpy(to, from, kHalf);  // the two halves overlap unless it is the whole line
    std::memcpy(to + size - kHalf, from + size - kHalf, kHalf);
  }

  void Publish() {
    ++done_;
    slot_ += slot_stride_;
    if (slot_ == slots_end_) slot_ = ring_->slots();
    if (has_process_fence_) {
      mine_.store(done_, std::memory_order_release);
      LightFence();
    } else {
      mine_.store(done_, std::memory_order_seq_cst);
    }
    if (wakes_.load(std::memory_order_seq_cst) & kMark) [[unlikely]] {
      FutexAddAndWake(wakes_);
    }
  }

  // Until there is a slot for us.
  Result<void> AwaitSlot(Deadline deadline);
  Result<void> SleepUntilPeer(Deadline deadline);
  void Fence() const;

  const std::shared_ptr<const SpscRing> ring_;
  const std::uint32_t capacity_;
  const std::uint32_t message_bytes_max_;
  const bool has_process_fence_;
  const std::uint64_t slot_stride_;
  std::byte* const slots_end_;
  std::atomic<std::uint64_t>& mine_;
  const std::atomic<std::uint64_t>& theirs_;
  FutexWord& sleeps_;          // we sleep here
  FutexWord& wakes_;           // the other one does
  const std::uint64_t ahead_;  // how far our counter may be ahead of theirs
  std::uint64_t done_;         // our counter
  std::uint64_t limit_;        // of our counter, as far as we know
  std::byte* slot_;            // the next one
  std::atomic<bool> is_closed_ = false;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_SPSC_RING_H_
