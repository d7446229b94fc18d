// loopback: messages within one process; the simplest correct transport, to compare others with.
//
// A deque, a mutex and a condition variable. An end of file is what a pipe's is: once the channel
// has been detached, receive without any producer left and with an empty queue is peer_closed, and
// so is send without any consumer left. The name is checked and otherwise unused.
//
// Threads: any. Processes: a forked child must not use what it inherited (Reach::kThreads): its
// copy is not connected to its parent's, and its mutex may be locked for ever.
#ifndef IPC_HAMMER_TRANSPORTS_LOOPBACK_LOOPBACK_H_
#define IPC_HAMMER_TRANSPORTS_LOOPBACK_LOOPBACK_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind Loopback();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_LOOPBACK_LOOPBACK_H_
