// The connecting end of a connection family as an endpoint: a byte stream or messages to
// and from one peer.
// What holds for it is said in unix_stream.h.
//
// Ownership: it owns its connected socket, which lives as long as the endpoint;
// closing a direction is shutdown(2), which other processes' copies feel too, so the destructor
// only closes.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_PRODUCER_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_PRODUCER_H_

#include <memory>

#include "transports/framing/stream_endpoint.h"
#include "transports/socket/connected_socket.h"
#include "transports/socket/connection_family.h"
#include "transports/socket/payload_rule.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/gate.h"

namespace ipc_hammer {

class StreamProducer : public StreamEndpoint {
 public:
  // `counted` is kept as long as the endpoint: it counts those of a channel. May be null.
  // REQUIRES: `family` lives as long as the endpoint.
  StreamProducer(const ConnectionFamily& family, FileDescriptor socket,
                 std::shared_ptr<void> counted, PayloadRule rule = PayloadRule::Stream())
      : family_(family),
        rule_(rule),
        counted_(std::move(counted)),
        socket_(family, std::move(socket)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

  bool HasRoom(std::uint32_t peer, std::size_t bytes, std::size_t writes) override;
  Result<std::uint32_t> FirstPeer() override { return 0; }
  Result<std::size_t> SendTo(std::uint32_t peer, std::span<const std::byte> payload,
                             Deadline deadline) override;

 private:
  const ConnectionFamily& family_;
  const PayloadRule rule_;
  std::shared_ptr<void> counted_;
  const ConnectedSocket socket_;
  Gate send_gate_;
  Gate receive_gate_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_PRODUCER_H_
