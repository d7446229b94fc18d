// posix_mq: a POSIX message queue.
//
// Names: "/<text>" of mq_open, owned by "/dev/shm/<text>.posix_mq.lock". All who share the queue's
// IPC namespace have to see the same /dev/shm, or they do not see that a name is owned.
// Mode: the umask takes bits off what mq_open is asked for, and fchmod puts them back; between the
// two the mode is narrower than wanted, never wider, and an opener may be told permission.
// Limits: 10 messages of 8192 bytes is what the kernel lets everyone have by default; a lower
// fs.mqueue.msg_max or msgsize_max is too_large, RLIMIT_MSGQUEUE and queues_max are no_space.
// Endpoints: any number of both roles. Those attached share the creator's open file description,
// which is always non-blocking, so Attach works in any relative, after Unlink() and for any mode.
// Waiting is by poll(2), because mq_timedreceive(3) measures its time-out with CLOCK_REALTIME.
// Sources: mq_overview(7), which says that a message queue descriptor can be polled on Linux.
#ifndef IPC_HAMMER_TRANSPORTS_QUEUE_POSIX_MQ_H_
#define IPC_HAMMER_TRANSPORTS_QUEUE_POSIX_MQ_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind PosixMq();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_QUEUE_POSIX_MQ_H_
