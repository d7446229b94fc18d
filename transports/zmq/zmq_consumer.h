// The PULL socket of the consumer as an endpoint. What holds for it is said in the kinds' headers.
//
// Ownership, threads, processes: as ZmqProducer.
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CONSUMER_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CONSUMER_H_

#include <atomic>
#include <memory>
#include <utility>

#include "transports/sys/gate.h"
#include "transports/transport.h"
#include "transports/zmq/zmq_socket.h"

namespace ipc_hammer {

class ZmqConsumer : public Endpoint {
 public:
  // `is_gone`, which may be null, is set before the socket is closed.
  ZmqConsumer(ZmqSocket socket, int descriptor, std::shared_ptr<std::atomic<bool>> is_gone,
              std::size_t message_bytes_max)
      : socket_(std::move(socket)),
        descriptor_(descriptor),
        is_gone_(std::move(is_gone)),
        message_bytes_max_(message_bytes_max) {}
  ~ZmqConsumer() override { (void)CloseDirection(Direction::kReceive); }

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

 private:
  Result<void> AwaitMessage(Deadline deadline);

  Gate gate_;
  ZmqSocket socket_;
  int descriptor_;
  std::shared_ptr<std::atomic<bool>> is_gone_;
  std::size_t message_bytes_max_;
};

// An unbound PULL socket that keeps at least `capacity_messages` of each peer and breaks with a
// peer that sends more than `message_bytes_max` and kZmqHandshakeBytesMax at once. Errors:
// kNoSpace, kSystem.
Result<ZmqSocket> MakePull(std::shared_ptr<ZmqContext> context, std::size_t capacity_messages,
                           std::size_t message_bytes_max);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_CONSUMER_H_
