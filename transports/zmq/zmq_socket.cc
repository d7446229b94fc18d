#include "transports/zmq/zmq_socket.h"

#include <optional>

namespace ipc_hammer {

Result<ZmqSocket> ZmqSocket::Make(std::shared_ptr<ZmqContext> context, zmq::socket_type type) {
  auto made =
      AtBorder("zmq_socket", [&] { return std::make_unique<zmq::socket_t>(context->get(), type); });
  if (!made) return std::unexpected(made.error());
  ZmqSocket socket(std::move(context), *std::move(made));
  const int linger_ms = static_cast<int>(kZmqLinger.count());
  if (auto set = socket.Set(zmq::sockopt::linger, linger_ms); !set) {
    return std::unexpected(set.error());
  }
  return socket;
}

Result<void> ZmqSocket::Bind(const std::string& address) {
  return AtBorder("zmq_bind", [&] { socket_->bind(address); });
}

Result<void> ZmqSocket::Connect(const std::string& address) {
  return AtBorder("zmq_connect", [&] { socket_->connect(address); });
}

Result<void> ZmqSocket::Send(std::span<const std::byte> message) {
  const zmq::const_buffer bytes(message.data(), message.size());
  const auto sent =
      AtBorder("zmq_send", [&] { return socket_->send(bytes, zmq::send_flags::dontwait); });
  if (!sent) return std::unexpected(sent.error());
  if (!sent->has_value()) return Fail(Errc::kWouldBlock, "zmq_send", EAGAIN);
  return {};
}

Result<std::size_t> ZmqSocket::Receive(std::span<std::byte> buffer) {
  const zmq::mutable_buffer room(buffer.data(), buffer.size());
  const auto got =
      AtBorder("zmq_recv", [&] { return socket_->recv(room, zmq::recv_flags::dontwait); });
  if (!got) return std::unexpected(got.error());
  if (!got->has_value()) return Fail(Errc::kWouldBlock, "zmq_recv", EAGAIN);
  if ((*got)->truncated()) return Fail(Errc::kCorrupt, "zmq_recv: above the message size");
  return (*got)->size;
}

Result<bool> ZmqSocket::IsReady(short event) {
  const auto events =
      AtBorder("zmq_getsockopt", [&] { return socket_->get(zmq::sockopt::events); });
  if (!events) return std::unexpected(events.error());
  return (*events & event) != 0;
}

Result<int> ZmqSocket::Descriptor() const {
  return AtBorder("zmq_getsockopt", [&] { return socket_->get(zmq::sockopt::fd); });
}

void ZmqSocket::ForgetUnsent() { (void)Set(zmq::sockopt::linger, 0); }

void ZmqSocket::Close() {
  if (socket_ != nullptr && !context_->is_ours()) Abandon(std::move(socket_));
  socket_.reset();
  context_.reset();
}

}  // namespace ipc_hammer
