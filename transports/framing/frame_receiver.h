// FrameReceiver: receives messages from an endpoint of a byte stream. See frame.h for the format.
//
// Each connection has a decoder of its own. What a connection leaves unfinished when it ends is
// dropped. A stream that breaks the format is kCorrupt: for ever where it is the only one, once
// where the endpoint serves several connections; from then on nothing of that connection is
// delivered, and the others go on.
//
// Threads: one at a time. Ownership: borrows the endpoint.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_RECEIVER_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_RECEIVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "transports/framing/frame_decoder.h"
#include "transports/transport.h"

namespace ipc_hammer {

class FrameReceiver {
 public:
  FrameReceiver(Endpoint& endpoint, std::size_t message_size_max, bool has_connections)
      : endpoint_(endpoint),
        message_size_max_(message_size_max),
        has_connections_(has_connections) {}
  FrameReceiver(const FrameReceiver&) = delete;
  FrameReceiver& operator=(const FrameReceiver&) = delete;

  // Takes one message. Errors: as Endpoint::Receive of a message kind.
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline);

 private:
  struct Source {
    std::uint32_t number = 0;
    bool corrupt = false;
    FrameDecoder decoder;
  };

  Result<std::optional<Received>> DecodePending(std::span<std::byte> buffer);
  Result<void> ReadMore(Deadline deadline);
  void GrowInput();
  Source& Find(std::uint32_t number);

  Endpoint& endpoint_;
  const std::size_t message_size_max_;
  const bool has_connections_;
  bool is_corrupt_ = false;
  std::vector<Source> sources_;
  std::unique_ptr<std::byte[]> input_;
  std::size_t input_bytes_ = 0;
  bool was_filled_ = false;             // by the last read: a larger buffer would have saved one
  std::span<const std::byte> pending_;  // read, not yet decoded; a part of input_
  std::uint32_t pending_source_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_FRAME_RECEIVER_H_
