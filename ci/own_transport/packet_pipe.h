// Acme's IPC layer: a pipe in packet mode (O_DIRECT, pipe(2)), in which one write is one message.
#ifndef ACME_PACKET_PIPE_H_
#define ACME_PACKET_PIPE_H_

#include "transports/transport.h"

namespace acme {

// Messages of up to PIPE_BUF - 1 bytes between relatives, from many to many. The kernel keeps at
// least 16 of them.
ipc_hammer::TransportKind PacketPipe();

}  // namespace acme

#endif  // ACME_PACKET_PIPE_H_
