// The wire format that carries messages over a byte stream. Pure: no I/O.
//
// A message is cut into frames that fit what the stream takes at once:
//
//   offset size
//        0    1  magic 0xA7
//        1    1  version 1
//        2    2  flags: bit 0 abort; all others zero
//        4    4  payload bytes of this frame
//        8    8  writer: who cut the message; 0 is allowed where one frame holds all of it
//       16    4  size of the whole message
//       20    4  where in the message this payload begins
//       24    n  payload
//     24+n    1  verdict: 1 valid, 0 discard the message
//
// Numbers are little-endian. The frames of one message come in order; frames of different writers
// may lie between them, where writers share the stream. A frame at offset 0 discards what is open
// of the same writer, and so does an abort frame, which has no payload, size or offset. The verdict
// comes last, so that a sender who must give up in the middle of a frame can still complete it
// without its being delivered. An empty message is one frame without payload.
// There is no checksum: the kernel does not damage what it carries.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_H_

#include <cstddef>
#include <cstdint>

namespace ipc_hammer {

inline constexpr std::uint8_t kFrameMagic = 0xA7;
inline constexpr std::uint8_t kFrameVersion = 1;
inline constexpr std::uint16_t kFrameAbort = 1;

inline constexpr std::size_t kFrameHeaderBytes = 24;
inline constexpr std::size_t kFrameVerdictBytes = 1;
inline constexpr std::size_t kFrameOverheadBytes = kFrameHeaderBytes + kFrameVerdictBytes;

inline constexpr std::byte kFrameValid{1};
inline constexpr std::byte kFrameDiscard{0};

struct FrameHeader {
  bool abort = false;
  std::uint32_t payload_bytes = 0;
  std::uint64_t writer = 0;
  std::uint32_t message_bytes = 0;
  std::uint32_t offset = 0;

  bool is_first() const { return offset == 0; }
  bool is_whole() const { return payload_bytes == message_bytes; }

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_H_
