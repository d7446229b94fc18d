// Whose an IPv4 socket of this machine is: what SO_PEERCRED says for AF_UNIX, asked of the kernel's
// table of sockets.
//
// The answer is about sockets, not processes: the user under whose id the socket was made. A socket
// whose last descriptor has been closed has no owner any more, although its connection may still
// carry what was sent.
//
// Threads: one at a time for each SocketTable. Sources: sock_diag(7), netlink(7);
// net/ipv4/inet_diag.c.
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_SOCKET_OWNER_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_SOCKET_OWNER_H_

#include <netinet/in.h>
#include <sys/types.h>

#include <cstdint>
#include <utility>

#include "transports/error.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

struct SocketOwner {
  bool is_there = false;  // somebody has a descriptor of the socket
  uid_t user = 0;         // if so
};

// The kernel's table of sockets, open for questions. Whoever must not fail later for want of a
// descriptor opens it first.
//
// Ownership: one netlink socket. Cost: one exchange of messages for each question; no other socket
// is looked at. Blocking: none. A lack of memory for one question is no answer: it is asked again,
// once, before it is kNoSpace.
class SocketTable {
 public:
  // Errors: kNoSpace, kSystem.
  static Result<SocketTable> Open();

  // The socket of `protocol` (IPPROTO_TCP or IPPROTO_UDP) that is bound to `local` and connected to
  // `remote`, or to nothing if that is all zero: then the one that would get what is sent to
  // `local`. Errors: kNotFound (no such socket), kNoSpace, kSystem (the kernel cannot say).
  Result<SocketOwner> Find(int protocol, const sockaddr_in& local, const sockaddr_in& remote);

  // Success: who gets what is sent to `local` is there and of our effective user.
  // Errors: kPermission, and as above.
  Result<void> RequireOwn(int protocol, const sockaddr_in& local);

  // The socket at the other end of the connected `socket`. Errors: as above.
  Result<SocketOwner> FindPeer(int protocol, int socket);

 private:
  explicit SocketTable(FileDescriptor netlink) : netlink_(std::move(netlink)) {}

  FileDescriptor netlink_;
  std::uint32_t questions_ = 0;  // asked so far; the number of the last one
};

// One question to a table that is opened for it. Errors: those of the table, and of its function.
Result<SocketOwner> FindSocketOwner(int protocol, const sockaddr_in& local);
Result<void> RequireOwnSocketAt(int protocol, const sockaddr_in& local);
Result<SocketOwner> FindPeerOwner(int protocol, int socket);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_SOCKET_OWNER_H_
