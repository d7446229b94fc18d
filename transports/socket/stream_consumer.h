// The listening end of a connection family as an endpoint: byte streams or messages from
// and to several peers.
// What holds for it is said in unix_stream.h.
//
// Ownership: it owns a descriptor of the listening socket and all connections.
// Threads: one that receives, one that sends, any that closes; the table between them has a mutex.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_CONSUMER_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_CONSUMER_H_

#include <atomic>
#include <optional>

#include "transports/framing/stream_endpoint.h"
#include "transports/socket/connection_table.h"
#include "transports/socket/payload_rule.h"
#include "transports/sys/gate.h"

namespace ipc_hammer {

class StreamConsumer : public StreamEndpoint {
 public:
  // REQUIRES: `family` lives as long as the endpoint; the listener does not block.
  StreamConsumer(const ConnectionFamily& family, FileDescriptor listener,
                 std::size_t connections_max, PayloadRule rule = PayloadRule::Stream())
      : family_(family), rule_(rule), table_(family, std::move(listener), connections_max) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  // Messages: the end of one connection of several is not told. A peer that breaks the rule of
  // messages is kCorrupt, once for each of them, and is cut off; others are served as before.
  // Also kNoSpace: somebody waits to be accepted and there is no descriptor for him.
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

  bool HasRoom(std::uint32_t peer, std::size_t bytes, std::size_t writes) override;
  Result<std::uint32_t> FirstPeer() override;
  Result<std::size_t> SendTo(std::uint32_t peer, std::span<const std::byte> payload,
                             Deadline deadline) override;

 private:
  static constexpr std::int64_t kNobody = -1;

  Result<Received> ReceiveOnce(std::span<std::byte> buffer, Deadline deadline);
  std::optional<Result<Received>> ReceiveFrom(const Connection& connection,
                                              std::span<std::byte> buffer);
  std::optional<Result<Received>> TryOneInTurn(std::span<std::byte> buffer);

  const ConnectionFamily& family_;
  const PayloadRule rule_;
  ConnectionTable table_;
  Gate send_gate_;
  Gate receive_gate_;
  std::atomic<std::int64_t> heard_ = kNobody;  // the connection that was last received from
  int received_in_a_row_ = 0;  // without a look at the others; the receiving thread's own
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_CONSUMER_H_
