#include "transports/network/socket_owner.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ipc_hammer {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

Request RequestFor(int protocol, sockaddr_in local, sockaddr_in remote) {
  // "swapped for historical reasons", says net/ipv4/udp_diag.c
  if (protocol == IPPROTO_UDP) std::swap(local, remote);
  Request request{};
  request.header = {.nlmsg_len = sizeof(request),
                    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                    .nlmsg_flags = NLM_F_REQUEST,
                    .nlmsg_seq = 0,
                    .nlmsg_pid = 0};
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = static_cast<__u8>(protocol);
  request.body.idiag_states = ~__u32{0};
  request.body.id.idiag_sport = local.sin_port;
  request.body.id.idiag_dport = remote.sin_port;
  request.body.id.idiag_src[0] = local.sin_addr.s_addr;
  request.body.id.idiag_dst[0] = remote.sin_addr.s_addr;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return request;
}

Result<void> SendRequest(int netlink, const Request& request) {
  ssize_t done = 0;
  do {
    done = ::send(netlink, &request, sizeof(request), MSG_NOSIGNAL);
  } while (done < 0 && errno == EINTR);
  if (done < 0) return FailErrno("send");
  return {};
}

struct Answer {
  nlmsghdr header{};
  alignas(nlmsghdr) std::array<std::byte, 1024> body{};  // what follows the header
  std::size_t body_bytes = 0;
};

Result<Answer> ReceiveAnswer(int netlink) {
  Answer answer;
  std::array<iovec, 2> parts{
      {{&answer.header, sizeof(answer.header)}, {answer.body.data(), answer.body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t done = 0;
  do {
    done = ::recvmsg(netlink, &message, 0);
  } while (done < 0 && errno == EINTR);
  if (done < 0) return FailErrno("recvmsg");
  if (static_cast<std::size_t>(done) < sizeof(answer.header)) {
    return Fail(Errc::kSystem, "sock_diag: short");
  }
  answer.body_bytes = static_cast<std::size_t>(done) - sizeof(answer.header);
  return answer;
}

// The kernel answers while it handles the request, so the answer, or the error that there is no
// memory for one, is there when send returns.
Result<Answer> Exchange(int netlink, const Request& request) {
  if (Result<void> sent = SendRequest(netlink, request); !sent) {
    return std::unexpected(sent.error());
  }
  for (;;) {
    Result<Answer> answer = ReceiveAnswer(netlink);
    // An earlier question's may have been left where it could not be received.
    if (!answer || answer->header.nlmsg_seq == request.header.nlmsg_seq) return answer;
  }
}

// What else the kernel says, EINVAL above all, means that it does not answer such questions.
Errc ErrcOfRefusal(int sys_errno) {
  const Errc code = ErrcFromErrno(sys_errno);
  return code == Errc::kNotFound || code == Errc::kNoSpace ? code : Errc::kSystem;
}

Result<SocketOwner> Read(const Answer& answer) {
  nlmsgerr error{};
  if (answer.header.nlmsg_type == NLMSG_ERROR && answer.body_bytes >= sizeof(error)) {
    std::memcpy(&error, answer.body.data(), sizeof(error));
    return Fail(ErrcOfRefusal(-error.error), "sock_diag", -error.error);
  }
  inet_diag_msg socket{};
  if (answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY || answer.body_bytes < sizeof(socket)) {
    return Fail(Errc::kSystem, "sock_diag: unknown answer");
  }
  std::memcpy(&socket, answer.body.data(), sizeof(socket));
  // The inode is that of the descriptor's file.
  return SocketOwner{.is_there = socket.idiag_inode != 0, .user = socket.idiag_uid};
}

}  // namespace

Result<SocketTable> SocketTable::Open() {
  FileDescriptor netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.is_open()) return FailErrno("socket");
  return SocketTable(std::move(netlink));
}

Result<SocketOwner> SocketTable::Find(int protocol, const sockaddr_in& local,
                                      const sockaddr_in& remote) {
  const auto ask = [&]() -> Result<SocketOwner> {
    Request request = RequestFor(protocol, local, remote);
    request.header.nlmsg_seq = ++questions_;
    const Result<Answer> answer = Exchange(netlink_.get(), request);
    if (!answer) return std::unexpected(answer.error());
    return Read(*answer);
  };
  Result<SocketOwner> owner = ask();
  return !owner && owner.error().code == Errc::kNoSpace ? ask() : owner;
}

Result<void> SocketTable::RequireOwn(int protocol, const sockaddr_in& local) {
  const Result<SocketOwner> owner = Find(protocol, local, {});
  if (!owner) return std::unexpected(owner.error());
  if (!owner->is_there) return Fail(Errc::kNotFound, "its owner has gone");
  if (owner->user != ::geteuid()) return Fail(Errc::kPermission, "another user's socket");
  return {};
}

Result<SocketOwner> SocketTable::FindPeer(int protocol, int socket) {
  sockaddr_in ours{};
  sockaddr_in theirs{};
  socklen_t size = sizeof(ours);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&ours), &size) != 0) {
    return FailErrno("getsockname");
  }
  size = sizeof(theirs);
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&theirs), &size) != 0) {
    // The connection has been reset: nobody is there any more.
    if (errno == ENOTCONN) return Fail(Errc::kNotFound, "getpeername", errno);
    return FailErrno("getpeername");
  }
  return Find(protocol, theirs, ours);
}

Result<SocketOwner> FindSocketOwner(int protocol, const sockaddr_in& local) {
  Result<SocketTable> table = SocketTable::Open();
  if (!table) return std::unexpected(table.error());
  return table->Find(protocol, local, {});
}

Result<void> RequireOwnSocketAt(int protocol, const sockaddr_in& local) {
  Result<SocketTable> table = SocketTable::Open();
  if (!table) return std::unexpected(table.error());
  return table->RequireOwn(protocol, local);
}

Result<SocketOwner> FindPeerOwner(int protocol, int socket) {
  Result<SocketTable> table = SocketTable::Open();
  if (!table) return std::unexpected(table.error());
  return table->FindPeer(protocol, socket);
}

}  // namespace ipc_hammer
