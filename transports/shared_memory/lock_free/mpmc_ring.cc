#include "transports/shared_memory/lock_free/mpmc_ring.h"

#include <bit>
#include <cstring>
#include <new>

#include "transports/shared_memory/message_ring.h"
#include "transports/sys/deadlines.h"
#include "transports/sys/robust_lock.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kMark = 1;  // of not_empty and not_full
constexpr std::uint32_t kNextSleep = 2;

constexpr std::size_t kFacts[] = {sizeof(MpmcHeader),
                                  offsetof(MpmcHeader, tail),
                                  offsetof(MpmcHeader, head),
                                  offsetof(MpmcHeader, not_empty),
                                  offsetof(MpmcHeader, not_full),
                                  sizeof(RingPreamble),
                                  sizeof(MpmcSlot),
                                  offsetof(MpmcSlot, size_bytes),
                                  offsetof(MpmcSlot, state),
                                  std::endian::native == std::endian::little ? 1 : 2};
constexpr RingFormat kFormat = {.magic = 0x636d'706d'5f63'7069,  // "ipc_mpmc", little endian
                                .layout = LayoutHash(kFacts),
                                .header_bytes = sizeof(MpmcHeader),
                                .slot_head_bytes = sizeof(MpmcSlot),
                                .slot_align_bytes = 64,  // no owner slows its neighbour down
                                .flags_known = 0};

// Who is at work on a message needs less than a microsecond: looking so often is cheaper than a
// sleep.
constexpr int kLooksBeforeSleep = 1000;

// Each attempt more means that others have moved the tail or the head meanwhile; so many in a row,
// that somebody does nothing else.
constexpr int kAttemptsMax = 1'000'000;

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not be shared");

// A place's parts. No division: two of them would cost as much as the locks.
constexpr int kLapShift = 12;
constexpr std::uint64_t kOneLap = std::uint64_t{1} << kLapShift;
static_assert(kRingMessagesMax <= kOneLap);
std::uint64_t LapOf(std::uint64_t place) { return place >> kLapShift; }
std::uint64_t SlotOf(std::uint64_t place) { return place & (kOneLap - 1); }

std::uint64_t FreeFor(std::uint64_t lap) { return 2 * lap; }
std::uint64_t FullOf(std::uint64_t lap) { return 2 * lap + 1; }

}  // namespace

Result<RingPreamble> MpmcRing::PreambleFor(std::size_t capacity, std::size_t message_bytes_max) {
  return MakeRingPreamble(kFormat, capacity, message_bytes_max, 0);
}

Result<MpmcRing> MpmcRing::Create(int fd, const RingPreamble& preamble) {
  Result<Mapping> mapping = Mapping::Shared(fd, preamble.size_bytes);
  if (!mapping) return std::unexpected(mapping.error());
  MpmcHeader* header = new (mapping->data()) MpmcHeader{};
  header->preamble = preamble;
  MpmcRing ring(*std::move(mapping), preamble);
  for (std::uint64_t i = 0; i < preamble.capacity; ++i) new (&ring.Slot(i)) MpmcSlot{};
  return ring;
}

Result<MpmcRing> MpmcRing::Open(int fd, std::uint64_t size_bytes) {
  const Result<RingPreamble> preamble = ReadRingPreamble(kFormat, fd, size_bytes);
  if (!preamble) return std::unexpected(preamble.error());
  Result<Mapping> mapping = Mapping::Shared(fd, preamble->size_bytes);
  if (!mapping) return std::unexpected(mapping.error());
  return MpmcRing(*std::move(mapping), *preamble);
}

MpmcSlot& MpmcRing::Slot(std::uint64_t number) const {
  std::byte* slots = mapping_.data() + sizeof(MpmcHeader);
  return *reinterpret_cast<MpmcSlot*>(slots + number * preamble_.slot_stride);
}

MpmcRing::Place MpmcRing::Next(Place place) const {
  if (SlotOf(place) + 1 < preamble_.capacity) return place + 1;
  return (LapOf(place) + 1) << kLapShift;
}

std::uint64_t MpmcRing::Queued(Place tail, Place head) const {
  return (LapOf(tail) - LapOf(head)) * preamble_.capacity + SlotOf(tail) - SlotOf(head);
}

Result<MpmcRing::Claim> MpmcRing::ClaimAt(const std::atomic<Place>& end, Deadline deadline) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const Place place = end.load(std::memory_order_relaxed);
    if (SlotOf(place) >= preamble_.capacity) return Fail(Errc::kCorrupt, "ring place");
    MpmcSlot& slot = Slot(SlotOf(place));
    Result<Locked> owned = RobustLock(slot.owner, Deadline::Now());
    if (!owned && owned.error().code == Errc::kWouldBlock) {
      // Its owner has gone on to copying, or has not: then there is nothing to do but wait for him.
      if (end.load(std::memory_order_relaxed) != place) continue;
      owned = RobustLock(slot.owner, EndsWithin(deadline, kLockPatience)
                                         ? Deadline::After(kLockPatience)
                                         : deadline);
      if (!owned && owned.error().code == Errc::kTimedOut) {
        return Fail(deadline.expired(), "slot is owned");
      }
    }
    if (!owned) return std::unexpected(owned.error());
    // From here on it stands still: only the owner of this slot may move it on.
    if (end.load(std::memory_order_relaxed) == place) return Claim{.place = place, .slot = &slot};
    RobustUnlock(slot.owner);
  }
  return Fail(Errc::kCorrupt, "ring place never stands still");
}

void MpmcRing::WakeMarked(FutexWord& word) {
  if ((word.load(std::memory_order_relaxed) & kMark) != 0) FutexAddAndWake(word);
}

void MpmcRing::WakeSleepers() {
  for (FutexWord* word : {&header().not_empty, &header().not_full}) {
    word->fetch_add(kNextSleep, std::memory_order_release);
    FutexWake(*word, kWakeAll);
  }
}

Result<void> MpmcRing::MakeFree(const Claim& claim) {
  const std::uint64_t state = claim.slot->state.load(std::memory_order_relaxed);
  const std::uint64_t lap = LapOf(claim.place);
  if (state == FreeFor(lap)) return {};
  const Place before = claim.place - kOneLap;  // of this slot's last message
  const Place head = header().head.load(std::memory_order_relaxed);
  if (lap == 0 || Queued(claim.place, head) > preamble_.capacity) {
    return Fail(Errc::kCorrupt, "ring places");
  }
  const bool is_full = state == FullOf(lap - 1);
  if (!is_full && state != FreeFor(lap - 1)) return Fail(Errc::kCorrupt, "ring slot state");
  if (head != before) return {};  // who moved the head died before he set the state
  if (is_full) return Fail(Errc::kWouldBlock, "ring is full");
  header().head.store(Next(before), std::memory_order_release);  // its sender died: a hole
  return {};
}

Result<std::size_t> MpmcRing::TrySend(std::span<const std::byte> message, Deadline deadline) {
  const Result<Claim> claim = ClaimAt(header().tail, deadline);
  if (!claim) return std::unexpected(claim.error());
  if (Result<void> is_free = MakeFree(*claim); !is_free) {
    RobustUnlock(claim->slot->owner);
    return std::unexpected(is_free.error());
  }
  MpmcSlot& slot = *claim->slot;
  WakeMarked(header().not_empty);
  // Should we die behind the next store, it has to be found that the slot is not filled.
  slot.state.store(FreeFor(LapOf(claim->place)), std::memory_order_relaxed);
  header().tail.store(Next(claim->place), std::memory_order_release);
  slot.size_bytes.store(static_cast<std::uint32_t>(message.size()), std::memory_order_relaxed);
  if (!message.empty()) std::memcpy(MessageOf(slot), message.data(), message.size());
  slot.state.store(FullOf(LapOf(claim->place)), std::memory_order_release);
  RobustUnlock(slot.owner);
  return message.size();
}

// Where its sender died it is a hole.
Result<void> MpmcRing::FindMessage(const Claim& claim, bool& is_hole) {
  const std::uint64_t state = claim.slot->state.load(std::memory_order_relaxed);
  const std::uint64_t queued = Queued(header().tail.load(std::memory_order_relaxed), claim.place);
  if (queued > preamble_.capacity) return Fail(Errc::kCorrupt, "ring places");
  if (queued == 0) return Fail(Errc::kWouldBlock, "ring is empty");
  is_hole = state == FreeFor(LapOf(claim.place));
  if (!is_hole && state != FullOf(LapOf(claim.place)))
    return Fail(Errc::kCorrupt, "ring slot state");
  return {};
}

Result<std::size_t> MpmcRing::TryReceive(std::span<std::byte> buffer, Deadline deadline) {
  for (;;) {
    const Result<Claim> claim = ClaimAt(header().head, deadline);
    if (!claim) return std::unexpected(claim.error());
    MpmcSlot& slot = *claim->slot;
    bool is_hole = false;
    if (Result<void> found = FindMessage(*claim, is_hole); !found) {
      RobustUnlock(slot.owner);
      return std::unexpected(found.error());
    }
    WakeMarked(header().not_full);
    header().head.store(Next(claim->place), std::memory_order_release);
    const std::uint32_t size = slot.size_bytes.load(std::memory_order_relaxed);
    const bool is_sane = size <= preamble_.message_bytes_max;
    if (!is_hole && is_sane && size != 0) std::memcpy(buffer.data(), MessageOf(slot), size);
    slot.state.store(FreeFor(LapOf(claim->place) + 1), std::memory_order_release);
    RobustUnlock(slot.owner);
    if (is_hole) continue;
    if (!is_sane) return Fail(Errc::kCorrupt, "ring message size");
    return size;
  }
}

bool MpmcRing::HasMessage() const {
  return header().tail.load(std::memory_order_relaxed) !=
         header().head.load(std::memory_order_relaxed);
}

bool MpmcRing::HasRoom() const {
  return Queued(header().tail.load(std::memory_order_relaxed),
                header().head.load(std::memory_order_relaxed)) < preamble_.capacity;
}

template <typename Attempt, typename Look>
Result<std::size_t> MpmcRing::Repeat(FutexWord& word, const std::atomic<bool>& is_closed,
                                     Deadline deadline, Attempt attempt, Look look) {
  std::uint32_t mark = 0;  // 0: not marked yet
  for (bool was_last = deadline.is_now();;) {
    if (is_closed.load(std::memory_order_relaxed)) return Fail(Errc::kClosed, "ring");
    const Result<std::size_t> done = attempt();
    if (done || done.error().code != Errc::kWouldBlock) return done;
    if (was_last) return Fail(deadline.expired(), "ring");
    // A mark has to be there before the attempt that finds nothing: who makes the next message, or
    // room, owns the slot that the attempt owned, and so sees it.
    for (int i = 0; mark == 0 && i < kLooksBeforeSleep && !look(); ++i) continue;
    const std::uint32_t seen = mark;
    mark = word.fetch_or(kMark, std::memory_order_acquire) | kMark;
    if (mark != seen) continue;
    Result<void> woken = FutexWait(word, mark, deadline);
    was_last = !woken;
    if (!woken && woken.error().code != Errc::kTimedOut) return std::unexpected(woken.error());
  }
}

Result<std::size_t> MpmcRing::Send(std::span<const std::byte> message,
                                   const std::atomic<bool>& is_closed, Deadline deadline) {
  if (message.size() > preamble_.message_bytes_max) return Fail(Errc::kTooLarge, "message");
  return Repeat(
      header().not_full, is_closed, deadline, [&] { return TrySend(message, deadline); },
      [&] { return HasRoom(); });
}

Result<std::size_t> MpmcRing::Receive(std::span<std::byte> buffer,
                                      const std::atomic<bool>& is_closed, Deadline deadline) {
  if (buffer.size() < preamble_.message_bytes_max) return Fail(Errc::kTooLarge, "buffer");
  return Repeat(
      header().not_empty, is_closed, deadline, [&] { return TryReceive(buffer, deadline); },
      [&] { return HasMessage(); });
}

}  // namespace ipc_hammer
