#include "transports/socket/datagram/peer_owner.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kNoCookie = ~std::uint32_t{0};  // any socket of that inode

struct Question {
  nlmsghdr header;
  unix_diag_req request;
};

Result<void> Ask(int netlink, std::uint32_t inode, std::uint32_t show) {
  Question question{};
  question.header.nlmsg_len = sizeof(question);
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.request.sdiag_family = AF_UNIX;
  question.request.udiag_states = ~std::uint32_t{0};
  question.request.udiag_ino = inode;
  question.request.udiag_show = show;
  question.request.udiag_cookie[0] = kNoCookie;
  question.request.udiag_cookie[1] = kNoCookie;
  ssize_t sent = 0;
  do {
    sent = ::send(netlink, &question, sizeof(question), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return FailErrno("sock_diag");
  return {};
}

// The value of an attribute of 32 bits. The kernel answers within the send, so nothing is waited
// for.
Result<std::uint32_t> Answer(int netlink, std::uint16_t wanted) {
  alignas(nlmsghdr) std::array<std::byte, 4096> answer;
  ssize_t got = 0;
  do {
    got = ::recv(netlink, answer.data(), answer.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return FailErrno("sock_diag");
  const auto size = static_cast<std::size_t>(got);
  nlmsghdr header{};
  if (size >= sizeof(header)) std::memcpy(&header, answer.data(), sizeof(header));
  if (header.nlmsg_type == NLMSG_ERROR) return Fail(Errc::kNotFound, "sock_diag");
  std::size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(unix_diag_msg));
  nlattr attribute{};
  for (; at + NLA_HDRLEN <= size; at += NLA_ALIGN(attribute.nla_len)) {
    std::memcpy(&attribute, answer.data() + at, sizeof(attribute));
    std::uint32_t value = 0;
    if (attribute.nla_len < NLA_HDRLEN) break;
    if (attribute.nla_type != wanted) continue;
    if (at + NLA_HDRLEN + sizeof(value) > size) break;
    std::memcpy(&value, answer.data() + at + NLA_HDRLEN, sizeof(value));
    return value;
  }
  return Fail(Errc::kSystem, "sock_diag: no such attribute");
}

}  // namespace

Result<uid_t> PeerOwner(int socket) {
  struct stat own;
  if (::fstat(socket, &own) != 0) return FailErrno("fstat");
  const FileDescriptor netlink(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (!netlink.is_open()) return FailErrno("socket");
  const auto ask = [&netlink](std::uint32_t inode, std::uint32_t show,
                              std::uint16_t attribute) -> Result<std::uint32_t> {
    if (Result<void> asked = Ask(netlink.get(), inode, show); !asked) {
      return std::unexpected(asked.error());
    }
    return Answer(netlink.get(), attribute);
  };
  const Result<std::uint32_t> peer =
      ask(static_cast<std::uint32_t>(own.st_ino), UDIAG_SHOW_PEER, UNIX_DIAG_PEER);
  if (!peer) return peer;
  return ask(*peer, UDIAG_SHOW_UID, UNIX_DIAG_UID);
}

}  // namespace ipc_hammer
