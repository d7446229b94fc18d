#include "transports/socket/packet_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace ipc_hammer {
namespace {

constexpr std::byte kMark{0x4d};

}  // namespace

Result<std::size_t> SendPacket(int socket, std::span<const std::byte> message) {
  std::byte mark = kMark;
  std::array<iovec, 2> parts{
      {{&mark, 1}, {const_cast<std::byte*>(message.data()), message.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  for (;;) {
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) return message.size();
    if (errno == ENOTCONN) return Fail(Errc::kPeerClosed, "sendmsg", errno);
    if (errno != EINTR) return FailErrno("sendmsg");
  }
}

Result<std::size_t> ReceivePacket(int socket, std::span<std::byte> buffer) {
  std::byte mark{};
  std::array<iovec, 2> parts{{{&mark, 1}, {buffer.data(), buffer.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t got = ::recvmsg(socket, &header, MSG_DONTWAIT);
    if (got == 0) return Fail(Errc::kPeerClosed, "recvmsg");
    if (got > 0) {
      const bool is_whole = mark == kMark && (header.msg_flags & MSG_TRUNC) == 0;
      if (!is_whole) return Fail(Errc::kCorrupt, "recvmsg: no message of this channel");
      return static_cast<std::size_t>(got) - 1;
    }
    // ECONNRESET: the peer has gone without reading what we sent. It is said once, and before what
    // the peer had sent, which is still there.
    if (errno != EINTR && errno != ECONNRESET) return FailErrno("recvmsg");
  }
}

}  // namespace ipc_hammer
