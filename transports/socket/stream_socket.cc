#include "transports/socket/stream_socket.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ipc_hammer {
namespace {

// What the kernel charges for a piece beyond its bytes: its buffer's head and its shared part.
constexpr std::size_t kChargePerWrite = 1024;

std::unexpected<Error> FailConnect() {
  return errno == EPROTOTYPE ? Fail(Errc::kCorrupt, "connect", errno) : FailErrno("connect");
}

// connect(2) waits for the backlog as long as SO_SNDTIMEO says; poll cannot wait for it.
Result<void> ConnectWaiting(int socket, const UnixAddress& address, Deadline deadline) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags < 0 || ::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK) != 0) return FailErrno("fcntl");
  for (;;) {
    timeval left{};  // zero: for ever
    if (!deadline.is_never()) {
      const timespec remaining = deadline.Remaining();
      left = {.tv_sec = remaining.tv_sec,
              .tv_usec = std::min<suseconds_t>(remaining.tv_nsec / 1000 + 1, 999'999)};
    }
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left));
    if (::connect(socket, address.data(), address.size()) == 0) return {};
    if (errno != EAGAIN && errno != EINTR) return FailConnect();
    if (deadline.HasPassed()) return Fail(deadline.expired(), "connect", errno);
  }
}

}  // namespace

Result<FileDescriptor> NewStreamSocket() {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return FailErrno("socket");
  return socket;
}

Result<FileDescriptor> ConnectStream(const UnixAddress& address, Deadline deadline) {
  Result<FileDescriptor> socket = NewStreamSocket();
  if (!socket) return socket;
  int result = 0;
  do {
    result = ::connect(socket->get(), address.data(), address.size());
  } while (result != 0 && errno == EINTR);
  if (result == 0) return socket;
  if (errno != EAGAIN) return FailConnect();
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "connect", errno);
  if (Result<void> connected = ConnectWaiting(socket->get(), address, deadline); !connected) {
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

bool IsPeerSameUser(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

bool HasSendRoom(int socket, std::size_t bytes, std::size_t writes) {
  if (IsHungUp(socket)) return true;
  int queued = 0;
  int limit = 0;
  socklen_t size = sizeof(limit);
  if (::ioctl(socket, SIOCOUTQ, &queued) != 0 ||
      ::getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &limit, &size) != 0) {
    return false;
  }
  // The allocator rounds a piece up to at most twice its size.
  const std::size_t charge = 2 * bytes + writes * kChargePerWrite;
  return static_cast<std::size_t>(queued) + charge <= static_cast<std::size_t>(limit);
}

}  // namespace ipc_hammer
