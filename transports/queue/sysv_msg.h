// sysv_msg: a System V message queue, with priorities.
//
// Name: a key made of the channel's text, with an owner; sysv_key.h says how. The queue is created
// with IPC_EXCL and with its exact mode at once: msgget knows no umask.
// Priorities are message types: priority p is type 32768 - p, and msgrcv with a negative type takes
// the lowest type first, the oldest of it. The kernel looks through the whole queue for that.
// Types that are not ours are never received; they take up room until the queue is removed. A
// message larger than agreed on is kCorrupt, and stays.
//
// Capacity: the kernel's own, whatever Options::capacity_messages says: so many bytes and so many
// messages as msg_qbytes says. Create is kNoSpace where that (kernel.msgmnb) is below the floors,
// and kTooLarge where kernel.msgmax is below Options::message_size_bytes.
//
// Waiting: msgsnd and msgrcv know no time-out. With Deadline::Never() a call blocks in the kernel;
// with a time it looks, and sleeps an eighth of what it has waited so far, at least 50 microseconds
// and at most 10 milliseconds. So it is late by an eighth at most, and a long wait uses less than a
// hundredth of a processor. A signal raised by a timer would end a call in time, but its handler
// would be the whole process's.
// Closing: nothing can wake one waiter of a queue, so close_wakes is false. Who waits with a time
// notices within a sleep; who waits for ever gets the next message all the same.
//
// A queue is its name, so Unlink() cannot take the name away and leave the queue: it does nothing,
// and the key lasts as long as the channel. When the creator destroys the channel, its endpoints
// elsewhere say kPeerClosed, those that wait at once. Options::mode has to let its owner read and
// write.
// Threads and processes: as transport.h says; any number of endpoints of both roles.
// Sources: msgget(2), msgop(2), msgctl(2), ipc/msg.c (msg_fits_inqueue, find_msg).
#ifndef IPC_HAMMER_TRANSPORTS_QUEUE_SYSV_MSG_H_
#define IPC_HAMMER_TRANSPORTS_QUEUE_SYSV_MSG_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind SysvMsg();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_QUEUE_SYSV_MSG_H_
