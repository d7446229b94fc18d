#include "transports/framing/frame_encoder.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>

namespace ipc_hammer {
namespace {

template <std::unsigned_integral T>
void Put(T value, std::size_t at, std::span<std::byte> out) {
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  std::memcpy(out.subspan(at, sizeof(T)).data(), &value, sizeof(T));
}

void PutHeader(const FrameHeader& header, std::span<std::byte> out) {
  Put(kFrameMagic, 0, out);
  Put(kFrameVersion, 1, out);
  Put(header.abort ? kFrameAbort : std::uint16_t{0}, 2, out);
  Put(header.payload_bytes, 4, out);
  Put(header.writer, 8, out);
  Put(header.message_bytes, 16, out);
  Put(header.offset, 20, out);
}

}  // namespace

std::size_t FrameCount(std::size_t message_bytes, std::size_t frame_bytes_max) {
  const std::size_t payload_max = frame_bytes_max - kFrameOverheadBytes;
  return std::max<std::size_t>(1, (message_bytes + payload_max - 1) / payload_max);
}

std::size_t EncodeFrame(std::span<const std::byte> message, std::size_t offset,
                        std::uint64_t writer, std::span<std::byte> out) {
  const std::size_t payload = std::min(message.size() - offset, out.size() - kFrameOverheadBytes);
  PutHeader({.payload_bytes = static_cast<std::uint32_t>(payload),
             .writer = writer,
             .message_bytes = static_cast<std::uint32_t>(message.size()),
             .offset = static_cast<std::uint32_t>(offset)},
            out);
  std::ranges::copy(message.subspan(offset, payload), out.begin() + kFrameHeaderBytes);
  out[kFrameHeaderBytes + payload] = kFrameValid;
  return payload + kFrameOverheadBytes;
}

std::size_t EncodeAbort(std::uint64_t writer, std::span<std::byte> out) {
  PutHeader({.abort = true, .writer = writer}, out);
  out[kFrameHeaderBytes] = kFrameValid;
  return kFrameOverheadBytes;
}

}  // namespace ipc_hammer
