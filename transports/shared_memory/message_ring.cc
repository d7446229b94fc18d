#include "transports/shared_memory/message_ring.h"

#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>

#include "transports/sys/deadlines.h"

namespace ipc_hammer {
namespace {

constexpr std::uint64_t kMagic = 0x676e'6972'5f63'7069;  // "ipc_ring" as bytes, little endian
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSizeFieldBytes = 4;
constexpr std::uint32_t kMark = 1;  // of not_empty and not_full
constexpr std::uint32_t kNextSleep = 2;

// FNV-1a over everything that two builds have to agree on.
constexpr std::uint32_t LayoutHash() {
  constexpr std::size_t kFacts[] = {sizeof(RingHeader),
                                    offsetof(RingHeader, geometry),
                                    offsetof(RingHeader, lock),
                                    offsetof(RingHeader, not_empty),
                                    offsetof(RingHeader, not_full),
                                    offsetof(RingHeader, sent),
                                    offsetof(RingHeader, received),
                                    sizeof(RingGeometry),
                                    kSizeFieldBytes,
                                    std::endian::native == std::endian::little ? 1 : 2};
  std::uint32_t hash = 2166136261u;
  for (const std::size_t fact : kFacts) {
    hash = (hash ^ static_cast<std::uint32_t>(fact)) * 16777619u;
  }
  return hash;
}

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not be shared");
static_assert(sizeof(RingHeader) % alignof(RingHeader) == 0);

// The part of a header that never changes, as it lies in the object.
struct Preamble {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t layout;
  RingGeometry geometry;
};
static_assert(offsetof(Preamble, geometry) == offsetof(RingHeader, geometry));

Result<Preamble> ReadPreamble(int fd) {
  Preamble preamble;
  auto* const to = reinterpret_cast<std::byte*>(&preamble);
  std::size_t filled = 0;
  // A read may be cut short before the end of the file (read(2)): only the end is a short header.
  while (filled < sizeof preamble) {
    const ssize_t got =
        pread(fd, to + filled, sizeof preamble - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("pread");
    if (got == 0) return Fail(Errc::kCorrupt, "ring header is short");
    filled += static_cast<std::size_t>(got);
  }
  return preamble;
}

// What a header that was read into private memory says of an object of `size_bytes`.
Result<RingGeometry> CheckPreamble(const Preamble& found, std::uint64_t size_bytes) {
  if (found.magic != kMagic) return Fail(Errc::kCorrupt, "ring magic");
  if (found.version != kVersion) return Fail(Errc::kCorrupt, "ring version");
  if (found.layout != LayoutHash()) return Fail(Errc::kCorrupt, "ring layout");
  const Result<RingGeometry> valid =
      RingGeometryFor(found.geometry.capacity, found.geometry.message_bytes_max);
  if (!valid || *valid != found.geometry || valid->size_bytes != size_bytes) {
    return Fail(Errc::kCorrupt, "ring geometry");
  }
  return valid;
}

}  // namespace

Result<RingGeometry> RingGeometryFor(std::size_t capacity, std::size_t message_bytes_max) {
  if (capacity == 0 || message_bytes_max == 0) {
    return Fail(Errc::kInvalidArgument, "a ring of nothing");
  }
  if (capacity > kRingMessagesMax || message_bytes_max > kRingMessageBytesMax) {
    return Fail(Errc::kTooLarge, "ring geometry");
  }
  const std::size_t stride = (kSizeFieldBytes + message_bytes_max + 7) / 8 * 8;
  const std::size_t size = sizeof(RingHeader) + capacity * stride;
  if (size > kRingBytesMax) return Fail(Errc::kTooLarge, "ring size");
  return RingGeometry{.capacity = static_cast<std::uint32_t>(capacity),
                      .message_bytes_max = static_cast<std::uint32_t>(message_bytes_max),
                      .slot_stride = static_cast<std::uint32_t>(stride),
                      .reserved = 0,
                      .size_bytes = size};
}

Result<MessageRing> MessageRing::Create(int fd, const RingGeometry& geometry) {
  Result<Mapping> mapping = Mapping::Shared(fd, geometry.size_bytes);
  if (!mapping) return std::unexpected(mapping.error());
  return Create(*std::move(mapping), geometry, MakeRobustRingLock);
}

MessageRing MessageRing::Create(Mapping mapping, const RingGeometry& geometry,
                                const RingLockMaker& make_lock) {
  RingHeader* header = new (mapping.data()) RingHeader{};
  header->magic = kMagic;
  header->version = kVersion;
  header->layout = LayoutHash();
  header->geometry = geometry;
  return MessageRing(std::move(mapping), geometry, make_lock);
}

// The header is read before anything is mapped: the file may be shorter than it says.
Result<MessageRing> MessageRing::Open(int fd, std::uint64_t size_bytes) {
  const Result<Preamble> found = ReadPreamble(fd);
  if (!found) return std::unexpected(found.error());
  const Result<RingGeometry> valid = CheckPreamble(*found, size_bytes);
  if (!valid) return std::unexpected(valid.error());
  Result<Mapping> mapping = Mapping::Shared(fd, valid->size_bytes);
  if (!mapping) return std::unexpected(mapping.error());
  return MessageRing(*std::move(mapping), *valid, MakeRobustRingLock);
}

Result<MessageRing> MessageRing::Open(Mapping mapping, const RingLockMaker& make_lock) {
  if (mapping.size_bytes() < sizeof(RingHeader)) {
    return Fail(Errc::kCorrupt, "ring header is short");
  }
  Preamble found;
  std::memcpy(&found, mapping.data(), sizeof found);
  const Result<RingGeometry> valid = CheckPreamble(found, mapping.size_bytes());
  if (!valid) return std::unexpected(valid.error());
  return MessageRing(std::move(mapping), *valid, make_lock);
}

std::byte* MessageRing::Slot(std::uint64_t number) const {
  return mapping_.data() + sizeof(RingHeader) +
         (number % geometry_.capacity) * geometry_.slot_stride;
}

Result<void> MessageRing::Lock(Deadline deadline) {
  Result<Locked> locked = lock_->Acquire(Deadline::Now());  // no look at the clock
  if (!locked && locked.error().code == Errc::kWouldBlock) {
    locked = lock_->Acquire(EndsWithin(deadline, kLockPatience) ? Deadline::After(kLockPatience)
                                                                : deadline);
  }
  if (!locked) {
    // A lock that is gone for good is no more taken by anybody: those who sleep have to hear it.
    const Errc code = locked.error().code;
    if (code != Errc::kWouldBlock && code != Errc::kTimedOut) WakeSleepers();
    return std::unexpected(locked.error());
  }
  if (*locked == Locked::kOrphaned) WakeSleepers();
  return {};
}

void MessageRing::WakeMarked(FutexWord& word) {
  if ((word.load(std::memory_order_relaxed) & kMark) == 0) return;
  word.fetch_add(kNextSleep - kMark, std::memory_order_relaxed);
  FutexWake(word, kWakeAll);
}

void MessageRing::WakeSleepers() {
  for (FutexWord* word : {&header().not_empty, &header().not_full}) {
    word->fetch_add(kNextSleep, std::memory_order_release);
    FutexWake(*word, kWakeAll);
  }
}

Result<MessageRing::Counts> MessageRing::ReadCounts() const {
  const Counts counts = {header().sent.load(std::memory_order_relaxed),
                         header().received.load(std::memory_order_relaxed)};
  if (counts.sent - counts.received > geometry_.capacity) {
    return Fail(Errc::kCorrupt, "ring counts");
  }
  return counts;
}

Result<std::size_t> MessageRing::TrySend(std::span<const std::byte> message) {
  const Result<Counts> counts = ReadCounts();
  if (!counts) return std::unexpected(counts.error());
  if (counts->sent - counts->received == geometry_.capacity) {
    return Fail(Errc::kWouldBlock, "ring is full");
  }
  std::byte* slot = Slot(counts->sent);
  const auto size = static_cast<std::uint32_t>(message.size());
  std::memcpy(slot, &size, kSizeFieldBytes);
  if (!message.empty()) std::memcpy(slot + kSizeFieldBytes, message.data(), message.size());
  WakeMarked(header().not_empty);
  // Released: should we die now, the next holder finds the slot filled if it finds it counted.
  header().sent.store(counts->sent + 1, std::memory_order_release);
  return message.size();
}

Result<std::size_t> MessageRing::TryReceive(std::span<std::byte> buffer) {
  const Result<Counts> counts = ReadCounts();
  if (!counts) return std::unexpected(counts.error());
  if (counts->sent == counts->received) return Fail(Errc::kWouldBlock, "ring is empty");
  std::byte* slot = Slot(counts->received);
  // One load, which the compiler may not repeat after the check.
  const std::uint32_t size =
      std::atomic_ref(*reinterpret_cast<std::uint32_t*>(slot)).load(std::memory_order_relaxed);
  if (size > geometry_.message_bytes_max) return Fail(Errc::kCorrupt, "ring message size");
  if (size != 0) std::memcpy(buffer.data(), slot + kSizeFieldBytes, size);
  WakeMarked(header().not_full);
  header().received.store(counts->received + 1, std::memory_order_release);
  return size;
}

template <typename Attempt>
Result<std::size_t> MessageRing::Repeat(FutexWord& word, const std::atomic<bool>& is_closed,
                                        Deadline deadline, Attempt attempt) {
  for (;;) {
    if (is_closed.load(std::memory_order_relaxed)) return Fail(Errc::kClosed, "ring");
    if (Result<void> locked = Lock(deadline); !locked) return std::unexpected(locked.error());
    const Result<std::size_t> done = attempt();
    const bool waits = !done && done.error().code == Errc::kWouldBlock && !deadline.is_now();
    std::uint32_t mark = 0;
    if (waits) mark = word.fetch_or(kMark, std::memory_order_acquire) | kMark;
    lock_->Release();
    if (!waits) return done;
    // Either our mark came after a closer's change of the word, and then we see what it set before,
    // or the change came after our mark, and then the word is not `mark` any more.
    if (is_closed.load(std::memory_order_relaxed)) return Fail(Errc::kClosed, "ring");
    if (Result<void> woken = FutexWait(word, mark, deadline); !woken) {
      return std::unexpected(woken.error());
    }
  }
}

Result<std::size_t> MessageRing::Send(std::span<const std::byte> message,
                                      const std::atomic<bool>& is_closed, Deadline deadline) {
  if (message.size() > geometry_.message_bytes_max) return Fail(Errc::kTooLarge, "message");
  return Repeat(header().not_full, is_closed, deadline, [&] { return TrySend(message); });
}

Result<std::size_t> MessageRing::Receive(std::span<std::byte> buffer,
                                         const std::atomic<bool>& is_closed, Deadline deadline) {
  if (buffer.size() < geometry_.message_bytes_max) return Fail(Errc::kTooLarge, "buffer");
  return Repeat(header().not_empty, is_closed, deadline, [&] { return TryReceive(buffer); });
}

}  // namespace ipc_hammer
