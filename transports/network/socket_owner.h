// Whose an IPv4 socket of this machine is: what SO_PEERCRED says for AF_UNIX, asked of the kernel's
// table of sockets.
//
// The answer is about sockets, not processes: the user under whose id the socket was made. A socket
// whose last descriptor has been closed has no owner any more, although its connection may still
// carry what was sent.
//
// Cost: a netlink socket and one exchange of messages; no other socket is looked at.
// Blocking: none. Threads: any. Sources: sock_diag(7); net/ipv4/inet_diag.c.
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_SOCKET_OWNER_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_SOCKET_OWNER_H_

#include <netinet/in.h>
#include <sys/types.h>

#include "transports/error.h"

namespace ipc_hammer {

struct SocketOwner {
  bool is_there = false;  // somebody has a descriptor of the socket
  uid_t user = 0;         // if so
};

// The socket of `protocol` (IPPROTO_TCP or IPPROTO_UDP) that is bound to `local` and connected to
// `remote`, or to nothing if that is all zero: then the one that would get what is sent to `local`.
// Errors: kNotFound (no such socket), kNoSpace, kSystem (the kernel cannot say).
Result<SocketOwner> FindSocketOwner(int protocol, const sockaddr_in& local,
                                    const sockaddr_in& remote);

// Success: who gets what is sent to `local` is there and of our effective user.
// Errors: kPermission, and as above.
Result<void> RequireOwnSocketAt(int protocol, const sockaddr_in& local);

// The socket at the other end of the connected `socket`. Errors: as above.
Result<SocketOwner> FindPeerOwner(int protocol, int socket);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_SOCKET_OWNER_H_
