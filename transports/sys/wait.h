// Waiting for descriptors until a Deadline.
//
// Threads: any. Blocking: until the deadline, never past it and never ended early by a signal.
// Source: ppoll(2); its relative time-out is computed again after every EINTR.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_WAIT_H_
#define IPC_HAMMER_TRANSPORTS_SYS_WAIT_H_

#include <poll.h>

#include <span>

#include "transports/deadline.h"
#include "transports/error.h"

namespace ipc_hammer {

// Success: at least one of `fds` has revents. With Deadline::Now() it looks once.
// Errors: kWouldBlock, kTimedOut (no revents at all), kNoSpace, kSystem.
Result<void> WaitReady(std::span<pollfd> fds, Deadline deadline);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_WAIT_H_
