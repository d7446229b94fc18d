// MpmcRing: a bounded queue of messages in shared memory, for any number of producers and consumers
// in any number of processes. There is no lock of the whole: each slot has an owner and a state, so
// that producers, consumers and copies of different messages go on side by side.
//
// It is D. Vyukov's bounded queue (1024cores.net, "Bounded MPMC queue"), whose slots carry sequence
// numbers, with one change. There, who has claimed a slot is known to nobody, and a claim whose
// maker dies is a hole for ever. Here a claim is a robust lock on the slot's owner word
// (robust_lock.h), which the kernel hands on when its holder dies. That costs one more atomic
// operation, and it makes "full" and "empty" exact: who holds slot n keeps everybody else from
// moving tail or head past n.
//
// Layout: an MpmcHeader, then `capacity` slots of an MpmcSlot and the message. `tail` and `head`
// are the places of the next message to be sent and received: a slot's number in the low bits, and
// above them the lap, how often all slots have been gone through. A slot's state is 2 * lap when it
// is free for that lap, and 2 * lap + 1 when it holds that lap's message.
//
// Send: own the slot at the tail, see that the tail is still there and that the slot is free, move
// the tail, fill the slot, set the state, disown. Receive: the same with the head and a full slot.
// Tail and head are only ever moved on from a slot by that slot's owner.
//
// Why a kill does no harm: the next owner of the slot finds one of these, and nothing else.
//   before the counter was moved        nothing has happened
//   Send: tail moved, state still free  a hole. Whoever needs the slot next, a consumer for this
//                                       lap or a producer for the next one, skips it.
//   Receive: head moved, state full     the message was in flight and is lost. The producer of the
//                                       next lap sees that the head has passed and takes the slot.
//   after the state was set             done
// A live owner never disowns a slot in the second or third case, so they prove that he died.
// Sleepers are woken before the counter is moved, while the slot is owned: then they wait for that
// slot, and have it when its owner is done or has died. A wake-up that came afterwards could be
// lost with its sender.
//
// A hostile peer: capacity and sizes are checked once and kept in private memory; counters, states
// and a message's size are read under the slot's lock and checked before use. A peer can spoil
// messages and delay us until our deadline. What remains: it may make the object smaller, and then
// we die by SIGBUS (mapping.h).
//
// Threads: all functions from any thread. Blocking: until the deadline; a slot is owned for one
// copy of a message, and if its owner is stopped, even Deadline::Now() waits kLockPatience for it:
// else "empty" would be said of a queue that is not.
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_MPMC_RING_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_MPMC_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/shared_memory/lock_free/ring_preamble.h"
#include "transports/sys/futex.h"
#include "transports/sys/mapping.h"

namespace ipc_hammer {

struct MpmcHeader {
  RingPreamble preamble;
  alignas(64) std::atomic<std::uint64_t> tail;
  alignas(64) std::atomic<std::uint64_t> head;
  alignas(64) FutexWord not_empty;  // receivers sleep here: bit 0 is the mark, the rest counts
  alignas(64) FutexWord not_full;   // senders sleep here
};

struct MpmcSlot {
  FutexWord owner;
  std::atomic<std::uint32_t> size_bytes;
  std::atomic<std::uint64_t> state;
};

class MpmcRing {
 public:
  // Errors: kInvalidArgument (zero), kTooLarge.
  static Result<RingPreamble> PreambleFor(std::size_t capacity, std::size_t message_bytes_max);
  // Fills the object `fd`, which has preamble.size_bytes and which nobody else knows yet.
  // Errors: kNoSpace, kSystem.
  static Result<MpmcRing> Create(int fd, const RingPreamble& preamble);
  // Errors: kCorrupt (not a ring, or of another build), kNoSpace, kSystem.
  static Result<MpmcRing> Open(int fd, std::uint64_t size_bytes);

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

  const RingPreamble& preamble() const { return preamble_; }
  std::size_t message_bytes_max() const { return preamble_.message_bytes_max; }

 private:
  using Place = std::uint64_t;
  struct Claim {
    Place place;
    MpmcSlot* slot;
  };

  MpmcRing(Mapping mapping, const RingPreamble& preamble)
      : mapping_(std::move(mapping)), preamble_(preamble) {}

  MpmcHeader& header() const { return *reinterpret_cast<MpmcHeader*>(mapping_.data()); }
  MpmcSlot& Slot(std::uint64_t number) const;  // REQUIRES: number < capacity
  Place Next(Place place) const;
  std::uint64_t Queued(Place tail, Place head) const;  // above the capacity: impossible places
  static std::byte* MessageOf(MpmcSlot& slot) {
    return reinterpret_cast<std::byte*>(&slot) + sizeof(MpmcSlot);
  }

  // Owns the slot at `end`, the tail or the head, which then stands still.
  Result<Claim> ClaimAt(const std::atomic<Place>& end, Deadline deadline);
  // Wakes whoever sleeps on `word`, if anyone does.
  static void WakeMarked(FutexWord& word);

  // REQUIRES: the claim's slot is owned. Errors: kWouldBlock (full, empty), kCorrupt.
  Result<void> MakeFree(const Claim& claim);
  Result<void> FindMessage(const Claim& claim, bool& is_hole);

  Result<std::size_t> TrySend(std::span<const std::byte> message, Deadline deadline);
  Result<std::size_t> TryReceive(std::span<std::byte> buffer, Deadline deadline);

  bool HasMessage() const;
  bool HasRoom() const;
  // Calls attempt(), and sleeps on `word` between, until it does not say kWouldBlock. Before it
  // sleeps it calls look() for a moment, which guesses whether an attempt is worth while.
  template <typename Attempt, typename Look>
  static Result<std::size_t> Repeat(FutexWord& word, const std::atomic<bool>& is_closed,
                                    Deadline deadline, Attempt attempt, Look look);

  Mapping mapping_;
  RingPreamble preamble_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_MPMC_RING_H_
