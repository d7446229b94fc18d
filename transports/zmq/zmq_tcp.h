// The kind `zmq_tcp`: ZeroMQ PUSH to PULL over TCP on the loopback device, for strangers.
//
// Name: an address in 127.0.0.0/8 and a port, see loopback_address.h; nothing is left under it when
// its creator dies. Options::mode plays no part: a producer refuses a listener of another user, but
// libzmq 4.3.4 has no way to ask whose a TCP peer is, so a consumer takes messages from every user
// of this machine who finds its address.
//
// A closed TCP connection is no hang-up to the other end, so that nothing is lost as in zmq_ipc.
// Everything else is as zmq_ipc.h says.
// Sources: zmq_tcp(7), zmq_socket(3) "Pipeline pattern".
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_TCP_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_TCP_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ZmqTcp();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_TCP_H_
