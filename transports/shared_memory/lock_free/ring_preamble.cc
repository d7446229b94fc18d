#include "transports/shared_memory/lock_free/ring_preamble.h"

#include <unistd.h>

#include <cerrno>

#include "transports/shared_memory/message_ring.h"

namespace ipc_hammer {

Result<RingPreamble> MakeRingPreamble(const RingFormat& format, std::size_t capacity,
                                      std::size_t message_bytes_max, std::uint32_t flags) {
  if (capacity == 0 || message_bytes_max == 0) {
    return Fail(Errc::kInvalidArgument, "a ring of nothing");
  }
  if (capacity > kRingMessagesMax || message_bytes_max > kRingMessageBytesMax) {
    return Fail(Errc::kTooLarge, "ring geometry");
  }
  const std::size_t align = format.slot_align_bytes;
  const std::size_t stride =
      (format.slot_head_bytes + message_bytes_max + align - 1) / align * align;
  const std::size_t size = format.header_bytes + capacity * stride;
  if (size > kRingBytesMax) return Fail(Errc::kTooLarge, "ring size");
  return RingPreamble{.magic = format.magic,
                      .layout = format.layout,
                      .flags = flags,
                      .capacity = static_cast<std::uint32_t>(capacity),
                      .message_bytes_max = static_cast<std::uint32_t>(message_bytes_max),
                      .slot_stride = stride,
                      .size_bytes = size};
}

Result<RingPreamble> ReadRingPreamble(const RingFormat& format, int fd, std::uint64_t size_bytes) {
  RingPreamble found;
  auto* const to = reinterpret_cast<std::byte*>(&found);
  std::size_t filled = 0;
  // A read may be cut short before the end of the file (read(2)): only the end is a short preamble.
  while (filled < sizeof found) {
    const ssize_t got = pread(fd, to + filled, sizeof found - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("pread");
    if (got == 0) return Fail(Errc::kCorrupt, "ring preamble is short");
    filled += static_cast<std::size_t>(got);
  }
  if (found.magic != format.magic) return Fail(Errc::kCorrupt, "ring magic");
  if (found.layout != format.layout) return Fail(Errc::kCorrupt, "ring layout");
  const Result<RingPreamble> valid =
      MakeRingPreamble(format, found.capacity, found.message_bytes_max, found.flags);
  if (!valid || *valid != found || (found.flags & ~format.flags_known) != 0 ||
      found.size_bytes != size_bytes) {
    return Fail(Errc::kCorrupt, "ring geometry");
  }
  return found;
}

}  // namespace ipc_hammer
