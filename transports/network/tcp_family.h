// The family of TCP connections over the loopback device. See connection_family.h.
//
// Who may connect: producers refuse a listener of another user, consumers a peer of another user.
// TCP has no credentials, so the kernel's table of sockets is asked (socket_owner.h), by a producer
// before it connects and once more when it has. One gap remains: of a peer that has closed its
// socket before it was accepted nobody can say whose it was, and it is welcome.
//
// Ends: an end of file is all that TCP tells of a peer that closes, whether one direction or all.
// Which it was is again in the kernel's table.
// Shutting SHUT_RD tells the peer nothing: TCP has no word for it, other than to break the whole
// connection. What the peer sends is kept until the buffers are full.
// Sources: tcp(7), connect(2), shutdown(2); net/ipv4/tcp.c.
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_TCP_FAMILY_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_TCP_FAMILY_H_

#include "transports/socket/connection_family.h"

namespace ipc_hammer {

// Each of a connection's two buffers; the kernel doubles it for its own accounting.
inline constexpr int kTcpBufferBytes = 128 << 10;

extern const ConnectionFamily kTcpFamily;

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_TCP_FAMILY_H_
