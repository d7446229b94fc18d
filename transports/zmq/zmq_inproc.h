// The kind `zmq_inproc`: ZeroMQ PUSH to PULL between the threads of one process.
//
// A channel has a context of its own, so a name stands for nothing outside it and may be used
// twice. The channel holds the PULL socket until a consumer is attached. Producers can be attached
// at any time; without a consumer their sends fail.
//
// Order: FIFO for each producer. The consumer takes from its producers in turn, so nothing is said
// between them. Capacity: at least the floor for each producer, see zmq_limits.h; both ends' high
// water marks add up. The consumer never sees an end of file: a PULL socket does not know its
// peers. A Send to a consumer that has closed is kPeerClosed.
//
// Blocking: destructors do not wait, nothing is ever under way here.
// Processes: one. After fork() a child can do nothing with a channel or an endpoint but destroy it,
// which leaves the parent's alone. Errors: as transport.h says.
// Sources: zmq_inproc(7), zmq_socket(3) "Pipeline pattern".
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_INPROC_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_INPROC_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ZmqInproc();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_INPROC_H_
