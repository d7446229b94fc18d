#include "transports/zmq/zmq_producer.h"

#include <poll.h>

#include <array>

#include "transports/zmq/zmq_limits.h"
#include "transports/zmq/zmq_order.h"

namespace ipc_hammer {

Result<std::size_t> ZmqProducer::Send(std::span<const std::byte> payload, std::uint32_t priority,
                                      Deadline deadline) {
  if (priority != 0) return Fail(Errc::kInvalidArgument, "priority on a kind without");
  if (payload.size() > message_bytes_max_) return Fail(Errc::kTooLarge, "message");
  const Gate::Use use = gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "send");
  if (!socket_.is_usable()) return Fail(Errc::kInvalidArgument, "endpoint of another process");
  for (;;) {
    if (IsConsumerGone()) return Fail(Errc::kPeerClosed, "zmq_send");
    TellOrder(*socket_.context());
    const Result<void> sent = socket_.Send(payload);
    if (sent) return payload.size();
    if (sent.error().code != Errc::kWouldBlock) return std::unexpected(sent.error());
    // A send looks at what the library's threads have told only now and then; this looks.
    const Result<bool> has_room = socket_.IsReady(ZMQ_POLLOUT);
    if (!has_room) return std::unexpected(has_room.error());
    if (*has_room) continue;
    if (Result<void> ready = AwaitRoom(deadline); !ready) return std::unexpected(ready.error());
  }
}

bool ZmqProducer::IsConsumerGone() {
  if (watch_.is_gone != nullptr && watch_.is_gone->load()) return true;
  return watch_.monitor && watch_.monitor->HasEnded();
}

Result<void> ZmqProducer::AwaitRoom(Deadline deadline) {
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "zmq_send");
  const int news = watch_.monitor ? watch_.monitor->descriptor() : -1;
  std::array<pollfd, 3> fds{{{.fd = descriptor_, .events = POLLIN, .revents = 0},
                             {.fd = news, .events = POLLIN, .revents = 0},
                             {}}};
  // The consumer may have gone between the look and the wait: asked again, then nothing is missed.
  if (IsConsumerGone()) return {};
  return gate_.Wait(fds, deadline);
}

Result<Received> ZmqProducer::Receive(std::span<std::byte>, Deadline) {
  return Fail(Errc::kInvalidArgument, "receive by a producer");
}

Result<void> ZmqProducer::CloseDirection(Direction direction) {
  if (direction != Direction::kSend || !gate_.Close()) return {};
  // Nobody is left who could take it.
  if (socket_.is_usable() && IsConsumerGone()) socket_.ForgetUnsent();
  if (watch_.monitor) ZmqMonitor::Stop(socket_);
  watch_.monitor.reset();
  socket_.Close();
  return {};
}

Result<ZmqSocket> MakePush(std::shared_ptr<ZmqContext> context, std::size_t capacity_messages) {
  Result<ZmqSocket> socket = ZmqSocket::Make(std::move(context), zmq::socket_type::push);
  if (!socket) return socket;
  const int messages = HighWaterMark(capacity_messages);
  if (auto set = socket->Set(zmq::sockopt::sndhwm, messages); !set) {
    return std::unexpected(set.error());
  }
  // A lost connection is an end. Another consumer under the same name must not get what was sent to
  // this one.
  if (auto set = socket->Set(zmq::sockopt::reconnect_ivl, -1); !set) {
    return std::unexpected(set.error());
  }
  // A consumer that does not run for a while has not gone.
  if (auto set = socket->Set(zmq::sockopt::handshake_ivl, 0); !set) {
    return std::unexpected(set.error());
  }
  return socket;
}

}  // namespace ipc_hammer
