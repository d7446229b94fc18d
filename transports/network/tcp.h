// The kind `tcp`: TCP over the loopback device as a duplex byte stream from several producers to
// one consumer, for strangers. No other device is ever used.
//
// Name: an address in 127.0.0.0/8 and a port, see loopback_address.h; nothing is left under it when
// its creator dies. Who may connect: see tcp_family.h; Options::mode plays no part.
//
// Channel, connections, ends and answers are as unix_stream.h says, but:
//   * The stack carries everything and may take a moment. A Send to a consumer that has gone can
//     be taken once and is lost; the next says peer_closed.
//   * A consumer that closes the direction of receiving alone cannot tell its producers: they are
//     told when it closes. Until then their sends are taken as far as the buffers go.
//   * Closing an endpoint while something to it is under way resets the connection, and what it had
//     sent and the peer's buffers do not hold yet is lost with it. Therefore it takes first what
//     has come by then, and a consumer looks whether somebody is there before it answers. What
//     remains is what is sent to it in the moments until the peer has heard of the close.
//   * A full backlog drops connection requests, which the kernel repeats after a second and then
//     more and more rarely.
//   * Every connection needs a source port of its own for a minute after its end (a second, where
//     net.ipv4.tcp_tw_reuse is 2, as Linux has it): without any, open is kNoSpace.
// A killed process's connections end as if they had been closed, what was sent comes first.
//
// Capacity: what both kernel buffers hold; at least the floors. They are fixed at kTcpBufferBytes,
// because one that grows on its own would be a moving limit; create is kNoSpace where
// net.core.wmem_max or rmem_max refuses that.
// Small messages go out at once (TCP_NODELAY).
// Sources: tcp(7), ip(7), RFC 9293; net/ipv4/tcp.c.
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_TCP_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_TCP_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind Tcp();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_TCP_H_
