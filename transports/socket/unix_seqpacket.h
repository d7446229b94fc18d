// The kinds `unix_seqpacket` and `unix_seqpacket_abstract`: AF_UNIX sockets with connections and
// message boundaries, duplex, from several producers to one consumer, for strangers. They differ
// only in the address.
//
// Connections, answers, ends, names, modes and who may connect are those of unix_stream.h, but
// that the end of one connection of several is not told. Messages are marked, so an empty one is
// none of those ends (packet_socket.h says how). A peer that sends what no endpoint of ours can
// send, or more than the channel's message size, is kCorrupt and is cut off; the message size is
// not known to strangers, who have to open with the creator's.
//
// Capacity: see send_buffer.h; net.unix.max_dgram_qlen plays no part between connected sockets.
// Threads and processes: as transport.h says; the consumer's endpoint is used by one process.
// Sources: unix(7), socket(7); net/unix/af_unix.c.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_SEQPACKET_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_SEQPACKET_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind UnixSeqpacket();
TransportKind UnixSeqpacketAbstract();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_SEQPACKET_H_
