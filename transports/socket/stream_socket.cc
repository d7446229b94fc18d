#include "transports/socket/stream_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace ipc_hammer {

Result<FileDescriptor> NewStreamSocket(const ConnectionFamily& family) {
  FileDescriptor socket(::socket(family.domain, family.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return FailErrno("socket");
  if (Result<void> prepared = family.prepare(socket.get()); !prepared) {
    return std::unexpected(prepared.error());
  }
  return socket;
}

Result<FileDescriptor> ConnectStream(const ConnectionFamily& family, AddressRef address,
                                     Deadline deadline) {
  Result<FileDescriptor> socket = NewStreamSocket(family);
  if (!socket) return socket;
  if (Result<void> connected = family.connect(socket->get(), address, deadline); !connected) {
    return std::unexpected(connected.error());
  }
  return socket;
}

Result<std::size_t> SendSome(int socket, std::span<const std::byte> bytes) {
  for (;;) {
    const ssize_t taken = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken > 0) return static_cast<std::size_t>(taken);
    if (taken < 0 && errno != EINTR) return FailErrno("send");
  }
}

Result<std::size_t> ReceiveSome(int socket, std::span<std::byte> buffer) {
  for (;;) {
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return Fail(Errc::kPeerClosed, "recv");
    if (errno != EINTR) return FailErrno("recv");
  }
}

bool IsHungUp(int socket) {
  pollfd state{.fd = socket, .events = 0, .revents = 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0;
}

}  // namespace ipc_hammer
