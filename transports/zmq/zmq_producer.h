// The PUSH socket of a producer as an endpoint. What holds for it is said in the kinds' headers.
//
// Ownership: it owns its socket, and by it a share of the context.
// Threads: one that sends, any that closes. Processes: the one that made it; in a forked child
// every call is kInvalidArgument and the destructor leaves the parent's socket alone. Blocking: the
// destructor never waits for the consumer, but the last endpoint of a process waits for what has
// not left it yet; see zmq_context.h.
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_PRODUCER_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_PRODUCER_H_

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "transports/sys/gate.h"
#include "transports/transport.h"
#include "transports/zmq/zmq_monitor.h"
#include "transports/zmq/zmq_socket.h"

namespace ipc_hammer {

// How a producer knows that the consumer has gone: by a connection's end, or, where the consumer is
// in this process, by a flag that is set before its socket is closed.
struct ConsumerWatch {
  std::optional<ZmqMonitor> monitor;
  std::shared_ptr<const std::atomic<bool>> is_gone;
};

class ZmqProducer : public Endpoint {
 public:
  ZmqProducer(ZmqSocket socket, int descriptor, ConsumerWatch watch, std::size_t message_bytes_max)
      : watch_(std::move(watch)),
        socket_(std::move(socket)),
        descriptor_(descriptor),
        message_bytes_max_(message_bytes_max) {}
  ~ZmqProducer() override { (void)CloseDirection(Direction::kSend); }

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override;
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override;
  Result<void> CloseDirection(Direction direction) override;

 private:
  bool IsConsumerGone();
  Result<void> AwaitRoom(Deadline deadline);

  Gate gate_;
  ConsumerWatch watch_;
  ZmqSocket socket_;
  int descriptor_;
  std::size_t message_bytes_max_;
};

// An unconnected PUSH socket that keeps at least `capacity_messages` for its peer.
// Errors: kNoSpace, kSystem.
Result<ZmqSocket> MakePush(std::shared_ptr<ZmqContext> context, std::size_t capacity_messages);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_PRODUCER_H_
