// The kinds `unix_stream_pair`, `unix_seqpacket_pair` and `unix_dgram_pair`: socketpair(2) between
// the producer's end and the consumer's, for threads and relatives.
//
// A channel holds both ends until Detach(); each endpoint has a descriptor of its own of its end.
// Sending to an end that has gone or stopped receiving is kPeerClosed with all three, also while
// the Send waits. A message above the size can only come from a relative that is none of our
// endpoints, and is kCorrupt.
//
// `unix_stream_pair` and `unix_seqpacket_pair` are duplex, from one producer to one consumer. What
// was sent is followed by an end of file when the last descriptor of the other end is closed, in
// whichever process. Closing a direction is shutdown(2), which all copies of an end feel, in every
// process; so an end is opened once.
//
// `unix_dgram_pair` takes several producers, which share their end. The consumer does not see them
// go and waits for ever. It is not duplex, although the sockets are: a datagram socket that sends
// to a peer that has gone loses what it had from it and has not yet received
// (unix_dgram_disconnected()), and nothing tells before the send.
//
// Capacity: see send_buffer.h; net.unix.max_dgram_qlen plays no part between connected sockets.
// Create is kNoSpace where the floors would not hold.
// Errors: see transport.h; Attach after Detach and beyond the limits, which are those of this
// process, is kInvalidArgument.
// Sources: socketpair(2), unix(7); net/unix/af_unix.c.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_PAIR_UNIX_PAIR_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_PAIR_UNIX_PAIR_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind UnixStreamPair();
TransportKind UnixSeqpacketPair();
TransportKind UnixDgramPair();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_PAIR_UNIX_PAIR_H_
