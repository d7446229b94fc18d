// The families of connected AF_UNIX sockets. See connection_family.h.
//
// An abstract name has no mode, so everybody could connect to it: only peers of our own user are
// welcome there. A socket file's mode has decided already, and a pair has no name.
// Sources: unix(7), connect(2), shutdown(2); net/unix/af_unix.c.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_FAMILY_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_FAMILY_H_

#include "transports/socket/connection_family.h"
#include "transports/socket/unix_name.h"

namespace ipc_hammer {

const ConnectionFamily& UnixStreamFamily(UnixNaming naming);
const ConnectionFamily& UnixSeqpacketFamily(UnixNaming naming);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_FAMILY_H_
