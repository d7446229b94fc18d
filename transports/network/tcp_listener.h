// A TCP socket that listens on a channel's loopback address.
//
// SO_REUSEADDR, so that connections of a dead creator, which linger in TIME_WAIT, do not keep the
// next one out. On Linux it does not let a second socket listen beside a living one: where both
// were bound before either listened, listen(2) tells the later one.
// Owner: there is no mode. Whoever uses the address has to ask whose it is (socket_owner.h), which
// is why creation makes sure that the kernel can say so.
// Blocking: none. Sources: ip(7), tcp(7), socket(7); net/ipv4/inet_connection_sock.c.
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_TCP_LISTENER_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_TCP_LISTENER_H_

#include "transports/error.h"
#include "transports/network/loopback_address.h"

namespace ipc_hammer {

// Binds and listens with the fresh TCP socket `socket`.
// Errors: kExists, kPermission, kNoSpace, kSystem (also: no sock_diag in this kernel).
Result<void> ListenAt(int socket, const LoopbackAddress& address, int backlog);

// TransportKind::unlink: nothing can be left under an address, so it is kExists or kNotFound.
Result<void> UnlinkListener(const LoopbackAddress& address);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_TCP_LISTENER_H_
