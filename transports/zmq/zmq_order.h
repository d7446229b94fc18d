// What ThreadSanitizer has to be told of libzmq, whose library is not instrumented: it sees neither
// the library's lock-free queues nor its atomics, only the calls of intercepted functions (memcpy,
// malloc, free) that it makes between them, and would report each pair of them as a race.
//
// So such calls from libzmq are not looked at, nor are races with its threads or of its memory,
// which it also touches by way of the C++ library (zmq_order.cc). What a send does order before the
// receive of its message is said here. It is said of the context and not of each message, so a
// receive is ordered after every send before it in its process: races of a caller's own that only
// another message's way could explain are not seen. Between two contexts nothing is said.
#ifndef IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_ORDER_H_
#define IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_ORDER_H_

#include "transports/zmq/zmq_context.h"

namespace ipc_hammer {

// Before a send, and after a receive. Nothing in other builds.
void TellOrder(ZmqContext& context);
void TakeOrder(ZmqContext& context);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ZMQ_ZMQ_ORDER_H_
