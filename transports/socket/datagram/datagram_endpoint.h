// The two ends of a named AF_UNIX datagram socket. What holds for them is said in unix_dgram.h.
//
// Ownership: each owns its descriptor. The consumer's is shared with its relatives' copies, which
// feel it when the direction is closed (shutdown(2)), so the destructor only closes.
// Threads: as transport.h says.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_DATAGRAM_ENDPOINT_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_DATAGRAM_ENDPOINT_H_

#include "transports/socket/payload_rule.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/gate.h"
#include "transports/transport.h"

namespace ipc_hammer {

// How messages are taken from the socket: one of datagram_socket.h.
using ReceiveOne = Result<std::size_t> (*)(int socket, std::span<std::byte> buffer);

class DatagramConsumer : public Endpoint {
 public:
  DatagramConsumer(FileDescriptor socket, ReceiveOne receive_one, PayloadRule rule)
      : receive_one_(receive_one), rule_(rule), socket_(std::move(socket)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

 private:
  Result<std::size_t> ReceiveWelcome(std::span<std::byte> buffer, Deadline deadline);

  const ReceiveOne receive_one_;
  const PayloadRule rule_;
  Gate gate_;
  FileDescriptor socket_;
};

class DatagramProducer : public Endpoint {
 public:
  // REQUIRES: connected.
  DatagramProducer(FileDescriptor socket, PayloadRule rule)
      : rule_(rule), socket_(std::move(socket)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

 private:
  const PayloadRule rule_;
  Gate gate_;
  FileDescriptor socket_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_DATAGRAM_ENDPOINT_H_
