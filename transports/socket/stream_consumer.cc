#include "transports/socket/stream_consumer.h"

#include <sys/socket.h>

#include <array>
#include <vector>

namespace ipc_hammer {
namespace {

// So often the next in turn is simply asked for data; then all are looked at, and who waits in the
// backlog is accepted.
constexpr int kReceivesInARowMax = 16;
// So many ends of connections are passed over after the deadline: more than can have been there
// when it passed. Peers that come and go cannot hold the caller longer.
constexpr int kEndsPassedOverMax = 64;

}  // namespace

Result<std::size_t> StreamConsumer::Send(std::span<const std::byte> payload, std::uint32_t priority,
                                         Deadline deadline) {
  if (Result<void> good = rule_.Check(payload, priority); !good) {
    return std::unexpected(good.error());
  }
  if (send_gate_.is_closed()) return Fail(Errc::kClosed, "send");
  const std::int64_t heard = heard_.load(std::memory_order_relaxed);
  if (heard != kNobody) return SendTo(static_cast<std::uint32_t>(heard), payload, deadline);
  const Result<std::uint32_t> first = FirstPeer();
  if (!first) return std::unexpected(first.error());
  return SendTo(*first, payload, deadline);
}

Result<std::uint32_t> StreamConsumer::FirstPeer() { return table_.First(); }

Result<std::size_t> StreamConsumer::SendTo(std::uint32_t peer, std::span<const std::byte> payload,
                                           Deadline deadline) {
  const Gate::Use use = send_gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "send");
  const ConnectionRef connection = table_.Find(peer);
  if (connection == nullptr) return Fail(Errc::kPeerClosed, "connection has gone");
  for (;;) {
    Result<std::size_t> taken = family_.answer(connection->socket.get(), payload);
    if (taken) return taken;
    if (taken.error().code == Errc::kPeerClosed) table_.Drop(*connection);
    if (taken.error().code != Errc::kWouldBlock || deadline.is_now()) return taken;
    std::array<pollfd, 2> fds{
        {{.fd = connection->socket.get(), .events = POLLOUT, .revents = 0}, {}}};
    const Result<void> ready = send_gate_.Wait(fds, deadline);
    if (ready) continue;
    if (ready.error().code != Errc::kTimedOut) return std::unexpected(ready.error());
    // A small piece needs less room than poll calls writable.
    taken = family_.answer(connection->socket.get(), payload);
    if (taken || taken.error().code != Errc::kWouldBlock) return taken;
    return std::unexpected(ready.error());
  }
}

bool StreamConsumer::HasRoom(std::uint32_t peer, std::size_t bytes, std::size_t writes) {
  const ConnectionRef connection = table_.Find(peer);
  return connection == nullptr || family_.has_send_room(connection->socket.get(), bytes, writes);
}

Result<Received> StreamConsumer::Receive(std::span<std::byte> buffer, Deadline deadline) {
  const Result<std::span<std::byte>> usable = rule_.Usable(buffer);
  if (!usable) return std::unexpected(usable.error());
  const Gate::Use use = receive_gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "receive");
  for (int ends = 0;; ++ends) {
    Result<Received> got = ReceiveOnce(*usable, deadline);
    if (!got || !got->source_ended || rule_.is_stream()) return got;
    if (ends > kEndsPassedOverMax && deadline.HasPassed()) {
      return Fail(deadline.expired(), "only ends of connections");
    }
  }
}

Result<Received> StreamConsumer::ReceiveOnce(std::span<std::byte> buffer, Deadline deadline) {
  if (std::optional<Result<Received>> got = TryOneInTurn(buffer)) return *got;
  for (;;) {
    std::vector<pollfd> watched = table_.Watched();
    if (Result<void> ready = receive_gate_.Wait(watched, deadline); !ready) {
      return std::unexpected(ready.error());
    }
    const Result<void> accepted = table_.AcceptWaiting();
    if (const ConnectionRef connection = table_.Ready(watched)) {
      if (std::optional<Result<Received>> got = ReceiveFrom(*connection, buffer)) return *got;
    } else if (!accepted) {
      return std::unexpected(accepted.error());
    }
  }
}

std::optional<Result<Received>> StreamConsumer::TryOneInTurn(std::span<std::byte> buffer) {
  if (++received_in_a_row_ > kReceivesInARowMax) {
    received_in_a_row_ = 0;
    return std::nullopt;
  }
  const ConnectionRef connection = table_.NextInTurn();
  return connection == nullptr ? std::nullopt : ReceiveFrom(*connection, buffer);
}

// nullopt: it has nothing to say for now.
std::optional<Result<Received>> StreamConsumer::ReceiveFrom(const Connection& connection,
                                                            std::span<std::byte> buffer) {
  const Result<std::size_t> got = family_.receive(connection.socket.get(), buffer);
  if (got) {
    table_.Served(connection);
    heard_.store(std::int64_t{connection.number}, std::memory_order_relaxed);
    return Received{.size_bytes = *got, .source = connection.number};
  }
  if (got.error().code == Errc::kWouldBlock) return std::nullopt;
  if (got.error().code == Errc::kCorrupt) {
    family_.shut_down(connection.socket.get(), SHUT_RD);
    family_.shut_down(connection.socket.get(), SHUT_WR);
    return std::unexpected(got.error());
  }
  // Short of memory: nothing was taken, and the connection is as good as before.
  if (got.error().code == Errc::kNoSpace) return std::unexpected(got.error());
  // Whatever else a broken connection says is its end.
  const bool others = table_.End(connection);
  if (!others) return std::unexpected(Error{Errc::kPeerClosed, got.error().sys_errno, "recv"});
  return Received{.source = connection.number, .source_ended = true};
}

Result<void> StreamConsumer::CloseDirection(Direction direction) {
  const bool sends = direction == Direction::kSend;
  if ((sends ? send_gate_ : receive_gate_).Close()) table_.ShutDown(sends ? SHUT_WR : SHUT_RD);
  return {};
}

}  // namespace ipc_hammer
