#include "transports/socket/datagram/datagram_endpoint.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "transports/socket/datagram/datagram_socket.h"

namespace ipc_hammer {
namespace {

// So many messages of other users are passed over after the deadline: more than can have been
// queued when it passed. A flood of them cannot hold the caller longer.
constexpr int kPassedOverMax = 1024;

// kWouldBlock has just been said, so Now() need not look again. A sender is woken when it is worth
// another try: poll asks the receiver's queue too, because the socket is connected.
Result<void> WaitFor(Gate& gate, int socket, short events, Deadline deadline) {
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "socket");
  std::array<pollfd, 2> fds{{{.fd = socket, .events = events, .revents = 0}, {}}};
  return gate.Wait(fds, deadline);
}

}  // namespace

Result<std::size_t> DatagramConsumer::Send(std::span<const std::byte>, std::uint32_t, Deadline) {
  return Fail(Errc::kInvalidArgument, "send by a consumer");
}

Result<Received> DatagramConsumer::Receive(std::span<std::byte> buffer, Deadline deadline) {
  const Result<std::span<std::byte>> usable = rule_.Usable(buffer);
  if (!usable) return std::unexpected(usable.error());
  const Gate::Use use = gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "receive");
  for (;;) {
    const Result<std::size_t> got = ReceiveWelcome(*usable, deadline);
    if (got) return Received{.size_bytes = *got};
    if (got.error().code != Errc::kWouldBlock) return std::unexpected(got.error());
    if (Result<void> ready = WaitFor(gate_, socket_.get(), POLLIN, deadline); !ready) {
      return std::unexpected(ready.error());
    }
  }
}

Result<std::size_t> DatagramConsumer::ReceiveWelcome(std::span<std::byte> buffer,
                                                     Deadline deadline) {
  for (int passed_over = 0;; ++passed_over) {
    Result<std::size_t> got = receive_one_(socket_.get(), buffer);
    if (got || got.error().code != Errc::kPermission) return got;
    if (passed_over > kPassedOverMax && deadline.HasPassed()) {
      return Fail(deadline.expired(), "only other users' messages");
    }
  }
}

Result<void> DatagramConsumer::CloseDirection(Direction direction) {
  if (direction == Direction::kReceive && gate_.Close()) {
    ShutDownDatagrams(socket_.get(), SHUT_RD);
    socket_.Close();
  }
  return {};
}

Result<std::size_t> DatagramProducer::Send(std::span<const std::byte> payload,
                                           std::uint32_t priority, Deadline deadline) {
  if (Result<void> good = rule_.Check(payload, priority); !good) {
    return std::unexpected(good.error());
  }
  const Gate::Use use = gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "send");
  for (;;) {
    Result<std::size_t> taken = SendDatagram(socket_.get(), payload);
    if (taken || taken.error().code != Errc::kWouldBlock) return taken;
    if (Result<void> ready = WaitFor(gate_, socket_.get(), POLLOUT, deadline); !ready) {
      return std::unexpected(ready.error());
    }
  }
}

Result<Received> DatagramProducer::Receive(std::span<std::byte>, Deadline) {
  return Fail(Errc::kInvalidArgument, "receive by a producer");
}

Result<void> DatagramProducer::CloseDirection(Direction direction) {
  if (direction == Direction::kSend && gate_.Close()) socket_.Close();
  return {};
}

}  // namespace ipc_hammer
