// The kinds `unix_stream` and `unix_stream_abstract`: AF_UNIX stream sockets as a duplex byte
// stream from several producers to one consumer, for strangers. They differ only in the address.
//
// The channel listens; each producer endpoint is a connection of its own. The consumer serves its
// connections in turn and says which one it heard (Received::source, numbered as accepted). Its
// Send goes to the one it last received from, else to the first that is there; if that one has
// gone, or nobody is connected, it is kPeerClosed. The end of a connection is source_ended while
// others are live or wait to be accepted, else kPeerClosed, once; then the consumer waits for the
// next producer. Producers see an end of file for good. What was sent comes before every end.
//
// Producers beyond producers_max wait in the backlog; when that is full, connecting waits for its
// deadline. Without descriptors the consumer's Receive is kNoSpace and nobody is lost.
//
// Who may connect: `unix_stream` has a socket file with exactly Options::mode, which write
// permission opens; an opener whose own Options::mode lets nobody else in refuses another user's
// file. An abstract name has no mode: consumer and producer each refuse a peer of another user. A
// name left by a dead process: see socket_file.h; the kernel removes an abstract one itself.
//
// Capacity: see send_buffer.h; create is kNoSpace where the floors would not hold.
// Threads and processes: as transport.h says; the consumer's endpoint is used by one process.
// Attaching a producer connects by name, so after Unlink() it is kPeerClosed.
// Sources: unix(7), socket(7), net/unix/af_unix.c.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_STREAM_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_STREAM_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind UnixStream();
TransportKind UnixStreamAbstract();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_UNIX_STREAM_H_
