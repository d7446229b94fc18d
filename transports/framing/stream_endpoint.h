// StreamEndpoint: what the framing layer asks of an endpoint of a byte stream beyond the contract.
//
// A message that needs several writes must not be begun where it cannot be ended: what is in a
// stream cannot be taken back, and it would fill the stream with waste. And the answer of a
// consumer with several connections must stay on one of them, whoever is heard in between. An
// endpoint that is a plain Endpoint can be framed too, but its consumer must not send where it has
// several peers.
#ifndef IPC_HAMMER_TRANSPORTS_FRAMING_STREAM_ENDPOINT_H_
#define IPC_HAMMER_TRANSPORTS_FRAMING_STREAM_ENDPOINT_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "transports/transport.h"

namespace ipc_hammer {

class StreamEndpoint : public Endpoint {
 public:
  // True only if `bytes`, handed over in `writes` pieces, are taken without blocking while nobody
  // else sends. May be false although they would be. Meant for `peer` as in SendTo.
  virtual bool HasRoom(std::uint32_t peer, std::size_t bytes, std::size_t writes) = 0;

  // The peer that Send would send to if nothing had been received yet: the first that connected; 0
  // where there are no connections. Errors: kPeerClosed (nobody, or it has gone), kWouldBlock (it
  // cannot be accepted yet), kNoSpace, kSystem.
  virtual Result<std::uint32_t> FirstPeer() = 0;

  // Send to the connection of that number (Received::source), and to no other.
  // Errors: those of Send; kPeerClosed when that connection has gone.
  virtual Result<std::size_t> SendTo(std::uint32_t peer, std::span<const std::byte> payload,
                                     Deadline deadline) = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_FRAMING_STREAM_ENDPOINT_H_
