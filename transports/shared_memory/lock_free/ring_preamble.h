// RingPreamble: what never changes of a lock-free ring's object, and how it is checked.
//
// It lies at the beginning of the object, is written before the object has a name, and is copied
// and checked once by each opener: everything that decides about memory (capacity, sizes) is then
// used from the copy. Fields have fixed widths; `layout` tells byte order and offsets, so that two
// builds that differ refuse each other.
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_RING_PREAMBLE_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_RING_PREAMBLE_H_

#include <cstddef>
#include <cstdint>

#include "transports/error.h"

namespace ipc_hammer {

struct RingPreamble {
  std::uint64_t magic = 0;
  std::uint32_t layout = 0;
  std::uint32_t flags = 0;
  std::uint32_t capacity = 0;
  std::uint32_t message_bytes_max = 0;
  std::uint64_t slot_stride = 0;
  std::uint64_t size_bytes = 0;  // of the whole object
  friend bool operator==(const RingPreamble&, const RingPreamble&) = default;
};

// What one kind of ring is made of.
struct RingFormat {
  std::uint64_t magic;
  std::uint32_t layout;            // a hash over the offsets of its header
  std::uint32_t header_bytes;      // the preamble included
  std::uint32_t slot_head_bytes;   // in front of each message
  std::uint32_t slot_align_bytes;  // power of two
  std::uint32_t flags_known;
};

// FNV-1a over the facts that two builds have to agree on.
template <std::size_t kCount>
constexpr std::uint32_t LayoutHash(const std::size_t (&facts)[kCount]) {
  std::uint32_t hash = 2166136261u;
  for (const std::size_t fact : facts) {
    hash = (hash ^ static_cast<std::uint32_t>(fact)) * 16777619u;
  }
  return hash;
}

// Errors: kInvalidArgument (zero), kTooLarge (above the limits of message_ring.h).
Result<RingPreamble> MakeRingPreamble(const RingFormat& format, std::size_t capacity,
                                      std::size_t message_bytes_max, std::uint32_t flags);

// Reads the preamble of the object `fd` of `size_bytes`.
// Errors: kCorrupt (not such a ring, or of another build), kSystem.
Result<RingPreamble> ReadRingPreamble(const RingFormat& format, int fd, std::uint64_t size_bytes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_LOCK_FREE_RING_PREAMBLE_H_
