#include "transports/socket/stream_producer.h"

#include <sys/socket.h>

#include <array>

namespace ipc_hammer {
namespace {

// Waits until the socket moves. kWouldBlock has just been said, so Now() need not look again.
Result<void> WaitFor(Gate& gate, int socket, short events, Deadline deadline) {
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "socket");
  std::array<pollfd, 2> fds{{{.fd = socket, .events = events, .revents = 0}, {}}};
  return gate.Wait(fds, deadline);
}

}  // namespace

Result<std::size_t> StreamProducer::Send(std::span<const std::byte> payload, std::uint32_t priority,
                                         Deadline deadline) {
  if (Result<void> good = rule_.Check(payload, priority); !good) {
    return std::unexpected(good.error());
  }
  const Gate::Use use = send_gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "send");
  for (;;) {
    Result<std::size_t> taken = family_.send(socket_.get(), payload);
    if (taken || taken.error().code != Errc::kWouldBlock) return taken;
    const Result<void> ready = WaitFor(send_gate_, socket_.get(), POLLOUT, deadline);
    if (ready) continue;
    if (ready.error().code != Errc::kTimedOut) return std::unexpected(ready.error());
    // A small piece needs less room than poll calls writable.
    taken = family_.send(socket_.get(), payload);
    if (taken || taken.error().code != Errc::kWouldBlock) return taken;
    return std::unexpected(ready.error());
  }
}

Result<Received> StreamProducer::Receive(std::span<std::byte> buffer, Deadline deadline) {
  const Result<std::span<std::byte>> usable = rule_.Usable(buffer);
  if (!usable) return std::unexpected(usable.error());
  const Gate::Use use = receive_gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "receive");
  for (;;) {
    const Result<std::size_t> got = family_.receive(socket_.get(), *usable);
    if (got) return Received{.size_bytes = *got};
    if (got.error().code != Errc::kWouldBlock) return std::unexpected(got.error());
    if (Result<void> ready = WaitFor(receive_gate_, socket_.get(), POLLIN, deadline); !ready) {
      return std::unexpected(ready.error());
    }
  }
}

Result<void> StreamProducer::CloseDirection(Direction direction) {
  const bool sends = direction == Direction::kSend;
  if (!(sends ? send_gate_ : receive_gate_).Close()) return {};
  // ENOTCONN: the peer has gone and has closed both directions already.
  family_.shut_down(socket_.get(), sends ? SHUT_WR : SHUT_RD);
  return {};
}

bool StreamProducer::HasRoom(std::uint32_t, std::size_t bytes, std::size_t writes) {
  return family_.has_send_room(socket_.get(), bytes, writes);
}

Result<std::size_t> StreamProducer::SendTo(std::uint32_t, std::span<const std::byte> payload,
                                           Deadline deadline) {
  return Send(payload, 0, deadline);
}

}  // namespace ipc_hammer
