// Kinds that are a listening AF_UNIX socket and its connections: what `unix_stream` and
// `unix_seqpacket` have in common. What holds for them is said in unix_stream.h.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_LISTENING_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_LISTENING_H_

#include <string>

#include "transports/socket/connection_family.h"
#include "transports/socket/unix_name.h"
#include "transports/transport.h"

namespace ipc_hammer {

// REQUIRES: `family` lives for ever.
TransportKind UnixListening(std::string name, std::string summary, const Traits& traits,
                            const ConnectionFamily& family, UnixNaming naming);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_LISTENING_H_
