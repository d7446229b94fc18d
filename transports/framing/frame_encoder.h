// Messages to frames. Pure functions; see frame.h for the format.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_ENCODER_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "transports/framing/frame.h"

namespace ipc_hammer {

// Into how many frames of at most `frame_bytes_max` a message is cut; at least one.
// REQUIRES: frame_bytes_max > kFrameOverheadBytes.
std::size_t FrameCount(std::size_t message_bytes, std::size_t frame_bytes_max);

// Writes the frame that begins at `offset` of the message and fills as much of `out` as it can.
// Returns its size. REQUIRES: out.size() > kFrameOverheadBytes; offset < message.size(), or both 0;
// the message is smaller than 4 GiB.
std::size_t EncodeFrame(std::span<const std::byte> message, std::size_t offset,
                        std::uint64_t writer, std::span<std::byte> out);

// Writes a frame that discards what is open of `writer`. REQUIRES: out has kFrameOverheadBytes.
std::size_t EncodeAbort(std::uint64_t writer, std::span<std::byte> out);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_ENCODER_H_
