#include "transports/socket/datagram/datagram_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ipc_hammer {
namespace {

bool IsFromOwnUser(msghdr& header) {
  const cmsghdr* sender = CMSG_FIRSTHDR(&header);
  if (sender == nullptr || sender->cmsg_level != SOL_SOCKET ||
      sender->cmsg_type != SCM_CREDENTIALS || sender->cmsg_len != CMSG_LEN(sizeof(ucred))) {
    return false;
  }
  ucred credentials;
  std::memcpy(&credentials, CMSG_DATA(sender), sizeof(credentials));
  return credentials.uid == ::geteuid();
}

Result<std::size_t> ReceiveInto(int socket, msghdr& header) {
  for (;;) {
    const ssize_t got = ::recvmsg(socket, &header, MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return FailErrno("recvmsg");
  }
}

Result<std::size_t> Whole(const msghdr& header, std::size_t size) {
  if ((header.msg_flags & MSG_TRUNC) == 0) return size;
  return Fail(Errc::kCorrupt, "recvmsg: above the message size");
}

}  // namespace

Result<std::size_t> SendDatagram(int socket, std::span<const std::byte> message) {
  for (;;) {
    if (::send(socket, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
      return message.size();
    }
    // The first send to a receiver that has gone disconnects the socket, so the second is ENOTCONN.
    if (errno == ECONNREFUSED || errno == ENOTCONN) return Fail(Errc::kPeerClosed, "send", errno);
    if (errno != EINTR) return FailErrno("send");
  }
}

Result<std::size_t> ReceiveDatagram(int socket, std::span<std::byte> buffer) {
  iovec part{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  const Result<std::size_t> got = ReceiveInto(socket, header);
  return got ? Whole(header, *got) : got;
}

Result<std::size_t> ReceiveOwnUsersDatagram(int socket, std::span<std::byte> buffer) {
  // The credentials come first and fill it: no descriptor fits behind them.
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  iovec part{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const Result<std::size_t> got = ReceiveInto(socket, header);
  if (!got) return got;
  if (!IsFromOwnUser(header)) return Fail(Errc::kPermission, "recvmsg: another user's message");
  return Whole(header, *got);
}

void ShutDownDatagrams(int socket, int how) {
  ::shutdown(socket, how);
  if (how != SHUT_RD) return;
  std::byte unread{};
  while (::recv(socket, &unread, sizeof(unread), MSG_DONTWAIT) >= 0 || errno == EINTR) {
  }
}

}  // namespace ipc_hammer
