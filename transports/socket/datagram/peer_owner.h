// Who made the socket that a datagram socket is connected to.
//
// SO_PEERCRED says it of connections and of pairs only. The kernel's socket diagnosis says which
// socket ours is connected to, and then whose that one is; neither can change in between, because
// it is asked by identity and not by name.
// Threads: any. Blocking: none. Sources: sock_diag(7), "UNIX domain sockets"; UDIAG_SHOW_UID since
// Linux 5.3.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_PEER_OWNER_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_PEER_OWNER_H_

#include <sys/types.h>

#include "transports/error.h"

namespace ipc_hammer {

// Errors: kNotFound (it has gone), kNoSpace, kSystem (the kernel does not tell).
// REQUIRES: an AF_UNIX socket that was connected.
Result<uid_t> PeerOwner(int socket);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_PEER_OWNER_H_
