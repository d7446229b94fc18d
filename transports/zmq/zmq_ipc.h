// The kind `zmq_ipc`: ZeroMQ PUSH to PULL over an AF_UNIX socket, for strangers.
//
// Name: the socket file `folder`/`text`.zmq with exactly Options::mode, which write permission
// opens (unix_name.h: not another user's for who lets nobody else in); socket_file.h says who owns
// it and what becomes of a dead process's. The consumer is the creator or its relative; producers
// connect. At most 107 characters.
//
// Order: FIFO for each producer; the consumer takes from its producers in turn. Capacity: at least
// the floor for each producer (zmq_limits.h) and what the kernel's buffers hold.
// Ends: the consumer never sees an end of file. A producer whose connection ends is told
// peer_closed for good: it never connects again. Until its library's thread has noticed, a Send may
// be taken and be lost, as may whatever was under way. Whoever listens and does not run for a while
// has not gone.
//
// Loss: while the consumer's queue is at its high water mark its library does not read. If the
// producer closes meanwhile, the hang-up, which epoll reports of AF_UNIX sockets all the same,
// makes it give up the connection, and what the kernel still holds is lost
// (zeromq/libzmq#4660, 4.3.4 and later; stream_engine_base.cpp, _input_stopped and _io_error). So
// the kind is declared lossy.
//
// Closing: what was sent still arrives but for that, unless the consumer goes first, or the whole
// process closes and its consumer does not take it for kZmqLinger. A killed producer takes along
// what its library has not handed to the kernel. Processes: each has a context of its own, so an
// endpoint is used by the process that made it. A forked child keeps the descriptors of its
// parent's endpoints until it ends; meanwhile a producer can still connect to a consumer that has
// gone, and its Send is taken. Hostile peers: a longer message than the channel's, or what is no
// ZMTP, ends their connection. A message of several parts is as many messages. Out of descriptors,
// the library aborts the consumer's process when a producer connects (ipc_listener.cpp does not
// expect EMFILE). Errors: as transport.h says. Sources: zmq_ipc(7), zmq_socket(3) "Pipeline
// pattern".
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_IPC_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_IPC_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ZmqIpc();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_IPC_H_
