// Frames to messages, from a byte stream that arrives in any pieces and may be hostile. Pure: no
// I/O, no clock. See frame.h for the format.
//
// Whatever comes in, the decoder answers with messages of at most the agreed size or with kCorrupt,
// and holds at most kOpenMessagesMax unfinished messages, each no larger than what has arrived of
// it (twice that at the most, and never above the agreed size). Nothing is reserved on the word of
// a header. When one more is begun, the one that has waited longest for its next frame is dropped:
// on a shared stream that is what a killed writer left behind. Frames without a beginning are
// dropped.
//
// Threads: one at a time. Ownership: a message is a view that lasts until the next call.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_DECODER_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_DECODER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "transports/error.h"
#include "transports/framing/frame.h"

namespace ipc_hammer {

class FrameDecoder {
 public:
  // Four times the producers that a kind allows: live writers are never dropped for dead ones.
  static constexpr std::size_t kOpenMessagesMax = 64;

  explicit FrameDecoder(std::size_t message_size_max) : message_size_max_(message_size_max) {}

  using Message = std::span<const std::byte>;
  // Takes bytes from the front of `input` up to the end of the first complete message and returns
  // it; nullopt: all of the input is used and no message is complete.
  // Errors: kCorrupt, then and ever after.
  Result<std::optional<Message>> Next(std::span<const std::byte>& input);

  std::size_t open_messages() const { return open_.size(); }
  // The memory held for unfinished messages.
  std::size_t held_bytes() const;

 private:
  enum class Expect : std::uint8_t { kHeader, kPayload, kVerdict, kNothing };
  struct OpenMessage {
    std::uint64_t writer = 0;
    std::uint64_t touched = 0;  // number of the frame that last added to it
    std::uint32_t size_bytes = 0;
    std::vector<std::byte> data;
  };

  std::optional<Message> TakeWholeFrame(std::span<const std::byte>& input);
  bool TakeHeader(std::span<const std::byte>& input);
  bool TakePayload(std::span<const std::byte>& input);
  bool TakeVerdict(std::span<const std::byte>& input);
  bool IsLegal(const FrameHeader& header) const;
  bool BeginFrame();
  OpenMessage& Begin(const FrameHeader& header);
  OpenMessage* Find(std::uint64_t writer);
  void Drop(std::uint64_t writer);

  std::size_t message_size_max_;
  Expect expect_ = Expect::kHeader;
  std::array<std::byte, kFrameHeaderBytes> header_bytes_;
  std::size_t header_filled_ = 0;
  FrameHeader header_;
  std::size_t payload_left_ = 0;
  bool skip_ = false;  // this frame has no beginning: its payload goes nowhere
  std::uint64_t frames_ = 0;
  std::vector<OpenMessage> open_;
  std::vector<std::byte> complete_;  // what the last returned view points to
  bool has_complete_ = false;
};

// The header in `bytes`, or nullopt where magic, version or flags are not ours.
std::optional<FrameHeader> ParseFrameHeader(std::span<const std::byte, kFrameHeaderBytes> bytes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_DECODER_H_
