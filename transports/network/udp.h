// The kind `udp`: UDP datagrams over the loopback device as messages from several producers to one
// consumer, for strangers. No other device is ever used.
//
// Name: an address in 127.0.0.0/8 and a port, see loopback_address.h, which the consumer's socket
// is bound to; a second one is kExists (SO_REUSEADDR would let it take the place of the first).
// Nothing is left under it when its creator dies. Options::mode plays no part: a producer refuses a
// receiver of another user, but a datagram does not tell whose it is, so a consumer takes those of
// every user of this machine.
//
// Loss: a datagram that finds the receiver's buffer full is dropped and nobody is told. Send never
// waits. What the floors promise holds as long as everything that is queued, the kernel's overhead
// included, is below 3/4 of the buffer: the rest may already have been received and not yet been
// given back. Create is kNoSpace where net.core.rmem_max refuses the buffer.
// Order: a producer's datagrams come as sent; UDP promises nothing, but on one machine there is one
// way. A datagram above the channel's size, which is not known to strangers, is taken away and is
// kCorrupt, never cut; the next Receive goes on. An empty one is a message.
//
// Ends: the consumer does not see its producers. That nobody is bound to the address any more comes
// back as an error of a later call, so a Send to nobody is taken, and the one after it is
// peer_closed, again and again. When somebody else binds the address, an old producer sends to him.
//
// Threads and processes: as transport.h says; attaching a producer connects by name.
// Sources: udp(7), ip(7); net/ipv4/udp.c, __udp_enqueue_schedule_skb(), udp_rmem_release().
#ifndef IPC_HAMMER_TRANSPORTS_NETWORK_UDP_H_
#define IPC_HAMMER_TRANSPORTS_NETWORK_UDP_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind Udp();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_NETWORK_UDP_H_
