// eventfd: the kernel's counter behind a descriptor (EFD_SEMAPHORE), as a channel of tokens between
// relatives: Send adds one, Receive takes one.
//
// Capacity: 2^64 - 2 tokens whatever Options::capacity_messages says; then Send blocks like any
// full channel. Waiting is by poll(2), which tells all who wait of each token; who comes too late
// waits on. Closing a direction wakes its waiter (gate.h). Endpoints: any number of both roles,
// which share one descriptor in each process; also after Detach(), which drops nothing, because the
// counter knows no end of file that a hold could delay. Tokens stay as long as any process has the
// channel. Kills: the kernel adds and takes each token in one step; one that a killed consumer had
// taken is a message that was in flight. Source: eventfd(2).
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_EVENT_FD_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_EVENT_FD_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind EventFd();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_EVENT_FD_H_
