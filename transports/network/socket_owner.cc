#include "transports/network/socket_owner.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

Request Ask(int protocol, sockaddr_in local, sockaddr_in remote) {
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

// The kernel answers while it handles the request, so the answer, or the error that there is no
// memory for one, is there when send returns.
Result<std::size_t> Exchange(const Request& request, std::span<std::byte> answer) {
  const FileDescriptor netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.is_open()) return FailErrno("socket");
  ssize_t done = 0;
  do {
    done = ::send(netlink.get(), &request, sizeof(request), MSG_NOSIGNAL);
  } while (done < 0 && errno == EINTR);
  if (done < 0) return FailErrno("send");
  do {
    done = ::recv(netlink.get(), answer.data(), answer.size(), 0);
  } while (done < 0 && errno == EINTR);
  if (done < 0) return FailErrno("recv");
  return static_cast<std::size_t>(done);
}

}  // namespace

Result<SocketOwner> FindSocketOwner(int protocol, const sockaddr_in& local,
                                    const sockaddr_in& remote) {
  alignas(nlmsghdr) std::array<std::byte, 1024> answer;
  const Result<std::size_t> size = Exchange(Ask(protocol, local, remote), answer);
  if (!size) return std::unexpected(size.error());
  nlmsghdr header{};
  if (*size < sizeof(header)) return Fail(Errc::kSystem, "sock_diag: short");
  std::memcpy(&header, answer.data(), sizeof(header));
  if (header.nlmsg_type == NLMSG_ERROR && *size >= NLMSG_LENGTH(sizeof(nlmsgerr))) {
    nlmsgerr error{};
    std::memcpy(&error, answer.data() + NLMSG_LENGTH(0), sizeof(error));
    const bool is_none = error.error == -ENOENT;
    return Fail(is_none ? Errc::kNotFound : Errc::kSystem, "sock_diag", -error.error);
  }
  inet_diag_msg socket{};
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || *size < NLMSG_LENGTH(sizeof(socket))) {
    return Fail(Errc::kSystem, "sock_diag: unknown answer");
  }
  std::memcpy(&socket, answer.data() + NLMSG_LENGTH(0), sizeof(socket));
  // The inode is that of the descriptor's file.
  return SocketOwner{.is_there = socket.idiag_inode != 0, .user = socket.idiag_uid};
}

Result<void> RequireOwnSocketAt(int protocol, const sockaddr_in& local) {
  const Result<SocketOwner> owner = FindSocketOwner(protocol, local, {});
  if (!owner) return std::unexpected(owner.error());
  if (!owner->is_there) return Fail(Errc::kNotFound, "its owner has gone");
  if (owner->user != ::geteuid()) return Fail(Errc::kPermission, "another user's socket");
  return {};
}

Result<SocketOwner> FindPeerOwner(int protocol, int socket) {
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
  return FindSocketOwner(protocol, theirs, ours);
}

}  // namespace ipc_hammer
