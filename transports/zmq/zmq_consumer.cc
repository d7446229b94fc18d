#include "transports/zmq/zmq_consumer.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "transports/zmq/zmq_limits.h"
#include "transports/zmq/zmq_order.h"

namespace ipc_hammer {

Result<std::size_t> ZmqConsumer::Send(std::span<const std::byte>, std::uint32_t, Deadline) {
  return Fail(Errc::kInvalidArgument, "send by a consumer");
}

Result<Received> ZmqConsumer::Receive(std::span<std::byte> buffer, Deadline deadline) {
  if (buffer.size() < message_bytes_max_) return Fail(Errc::kTooLarge, "buffer");
  const Gate::Use use = gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "receive");
  if (!socket_.is_usable()) return Fail(Errc::kInvalidArgument, "endpoint of another process");
  for (;;) {
    const Result<std::size_t> got = socket_.Receive(buffer);
    if (got) {
      TakeOrder(*socket_.context());
      return Received{.size_bytes = *got};
    }
    if (got.error().code != Errc::kWouldBlock) return std::unexpected(got.error());
    const Result<bool> is_there = socket_.IsReady(ZMQ_POLLIN);
    if (!is_there) return std::unexpected(is_there.error());
    if (*is_there) continue;
    if (Result<void> ready = AwaitMessage(deadline); !ready) return std::unexpected(ready.error());
  }
}

Result<void> ZmqConsumer::AwaitMessage(Deadline deadline) {
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "zmq_recv");
  std::array<pollfd, 2> fds{{{.fd = descriptor_, .events = POLLIN, .revents = 0}, {}}};
  return gate_.Wait(fds, deadline);
}

Result<void> ZmqConsumer::CloseDirection(Direction direction) {
  if (direction != Direction::kReceive || !gate_.Close()) return {};
  if (is_gone_ != nullptr && socket_.is_usable()) is_gone_->store(true);
  socket_.Close();
  return {};
}

Result<ZmqSocket> MakePull(std::shared_ptr<ZmqContext> context, std::size_t capacity_messages,
                           std::size_t message_bytes_max) {
  Result<ZmqSocket> socket = ZmqSocket::Make(std::move(context), zmq::socket_type::pull);
  if (!socket) return socket;
  const int messages = HighWaterMark(capacity_messages);
  if (auto set = socket->Set(zmq::sockopt::rcvhwm, messages); !set) {
    return std::unexpected(set.error());
  }
  const auto bytes = static_cast<std::int64_t>(std::max(message_bytes_max, kZmqHandshakeBytesMax));
  if (auto set = socket->Set(zmq::sockopt::maxmsgsize, bytes); !set) {
    return std::unexpected(set.error());
  }
  return socket;
}

}  // namespace ipc_hammer
