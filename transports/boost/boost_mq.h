// boost_mq: message_queue of Boost.Interprocess, a queue with priorities in shared memory.
//
// It is other people's code, and is taken as it is. What is added is what a channel has to have and
// the library leaves to its user: an owner of the name, values for its exceptions, and a look at
// what is opened. What it does not promise is said by the traits and here.
//
// Name: the library's "<text>.boost_mq", which is a file in /dev/shm, owned by
// "<text>.boost_mq.lock" there. The library does not clean up after a creation that fails
// half-way; that file is removed. Mode: exact; the library puts back what the umask took.
// Opening: the library waits for ever, in a loop, for a creator who died half-way, and follows what
// the object says of itself. So the file is looked at first: one that is not finished is waited for
// until the deadline, and one whose size is not what its header says is kCorrupt. What a peer
// writes into it later is not checked by anybody.
//
// Waiting is by a wall-clock time (boost_calls.h). Closing a direction wakes nobody: a call that
// waits notices it when it would time out, one with Deadline::Never() never.
// Kills: neither the queue's mutex nor its conditions survive one. A process killed inside of a
// call may leave the mutex locked; one killed while it waits makes a later notification wait for
// it, with the mutex taken or with a message already sent or received. Then calls hang for ever,
// whatever their deadlines; a new channel under the name works. The memory is not reserved: where
// /dev/shm is full a Send dies by SIGBUS.
//
// Threads and processes: as transport.h says; any number of endpoints of both roles. Those attached
// in one process share one mapping.
// Sources: boost/interprocess/ipc/message_queue.hpp and detail/managed_open_or_create_impl.hpp;
// boostorg/interprocess#163, #69, #128, #212, #274.
#ifndef IPC_HAMMER_TRANSPORTS_BOOST_BOOST_MQ_H_
#define IPC_HAMMER_TRANSPORTS_BOOST_BOOST_MQ_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind BoostMq();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_BOOST_BOOST_MQ_H_
