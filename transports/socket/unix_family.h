// The families of connected AF_UNIX sockets. See connection_family.h.
//
// An abstract name has no mode, so everybody could connect to it: only peers of our own user are
// welcome there. A socket file's mode has decided already.
// Sources: unix(7), connect(2), net/unix/af_unix.c.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_FAMILY_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_FAMILY_H_

#include "transports/socket/connection_family.h"

namespace ipc_hammer {

extern const ConnectionFamily kUnixStreamFamily;
extern const ConnectionFamily kUnixStreamAbstractFamily;

// Whether the process at the other end of `socket` runs, or ran when it connected or listened,
// under our effective user id (SO_PEERCRED).
bool IsPeerSameUser(int socket);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_FAMILY_H_
