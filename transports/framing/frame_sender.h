// FrameSender: sends messages over an endpoint of a byte stream. See frame.h for the format.
//
// A message whose Send fails is never delivered, not even in part: a frame that is half written is
// completed with the verdict to discard by the next Send to that peer, and a message of which some
// frames are out is discarded by the first frame of the next one. With Deadline::Now() a message of
// several frames is begun only where the stream says that it has room for all of them.
//
// Threads: one at a time. Ownership: borrows the endpoint. No allocation once the buffer has grown.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_SENDER_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_SENDER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "transports/framing/stream_endpoint.h"
#include "transports/transport.h"

namespace ipc_hammer {

class FrameSender {
 public:
  // `frame_bytes_max`: the largest frame; the stream's atomic size where producers share it.
  FrameSender(Endpoint& endpoint, std::size_t frame_bytes_max);
  // Tells the peers, as far as that can be done at once, to forget what was begun.
  ~FrameSender();
  FrameSender(const FrameSender&) = delete;
  FrameSender& operator=(const FrameSender&) = delete;

  // Sends the whole message to `peer` (of a StreamEndpoint; else ignored). Errors: as
  // Endpoint::Send.
  Result<void> Send(std::uint32_t peer, std::span<const std::byte> message, Deadline deadline);

 private:
  // What a failed Send has left in the stream to one peer.
  struct Unfinished {
    std::uint32_t peer = 0;
    std::vector<std::byte>
        tail;                   // the rest of a half-written frame, its verdict made kFrameDiscard
    bool message_open = false;  // the peer holds the beginning of a message of our writer
  };
  struct Pushed {
    std::size_t bytes = 0;
    Result<void> result;
  };

  Result<void> PrepareToSend(std::uint32_t peer, std::size_t message_bytes, std::size_t frames,
                             Deadline deadline);
  Result<void> FinishTail(Unfinished& unfinished, Deadline deadline);
  void Remember(std::uint32_t peer, std::span<std::byte> frame, std::size_t pushed,
                std::size_t offset);
  void ForgetGonePeers();
  void Forget(std::uint32_t peer);
  bool Discard(Unfinished& unfinished);
  Unfinished* Find(std::uint32_t peer);
  Result<void> NeedWriter();
  std::span<std::byte> Buffer(std::size_t size_bytes);
  Pushed Push(std::uint32_t peer, std::span<const std::byte> bytes, Deadline deadline);

  Endpoint& endpoint_;
  StreamEndpoint* const stream_;  // the same endpoint, or nullptr
  const std::size_t frame_bytes_max_;
  std::uint64_t writer_ = 0;  // drawn by the first message of several frames
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t buffer_bytes_ = 0;
  std::vector<Unfinished> unfinished_;
  pid_t unfinished_by_ = 0;  // the process that began them
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_SENDER_H_
