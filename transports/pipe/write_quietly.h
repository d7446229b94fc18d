// write(2) to a pipe that never raises SIGPIPE, and leaves the process's disposition alone.
//
// Linux 6.18 and later: pwritev2(2) with RWF_NOSIGNAL, which costs what a bare write costs. Where
// the kernel refuses that flag, found out once: SIGPIPE is blocked in this thread around the write,
// and the one that the write raised is taken away, unless one was pending before. That costs two
// more system calls, about as much as the write. Asking first with poll would leave a window, and a
// thread that kept SIGPIPE blocked would hand its mask on to what it execs.
//
// Threads: any, SIGPIPE is sent to the writing thread (pipe(7), signal(7)).
#ifndef IPC_HAMMER_TRANSPORTS_PIPE_WRITE_QUIETLY_H_
#define IPC_HAMMER_TRANSPORTS_PIPE_WRITE_QUIETLY_H_

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace ipc_hammer {

// As write(2): the number of bytes taken or -1 with errno; never EINTR.
ssize_t WriteQuietly(int fd, std::span<const std::byte> bytes);

// The way for kernels without RWF_NOSIGNAL; only tests have a reason to choose.
ssize_t WriteWithSigpipeBlocked(int fd, std::span<const std::byte> bytes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_WRITE_QUIETLY_H_
