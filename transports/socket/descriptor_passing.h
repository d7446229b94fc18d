// Descriptors that travel with bytes over a connected AF_UNIX stream socket (SCM_RIGHTS).
//
// What is sent is a copy: the sender keeps its descriptors and closes them when it likes. What is
// received is owned by the result, close-on-exec from birth, and every error path closes all that
// came, whether it was asked for or not.
//
// Descriptors go with the first byte of a message. When the socket takes only a part of the bytes,
// the rest follows without them, so they never arrive twice.
//
// Threads: any, one for each direction of a socket. Errors: values; never SIGPIPE, never EINTR.
// Sources: unix(7) "Ancillary messages", cmsg(3), net/core/scm.c (scm_detach_fds).
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_DESCRIPTOR_PASSING_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_DESCRIPTOR_PASSING_H_

#include <cstddef>
#include <span>
#include <vector>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

// SCM_MAX_FD of the kernel: as many as one message carries.
inline constexpr std::size_t kPassedDescriptorsMax = 253;

// Sends all of `bytes`, and `descriptors` with the first of them. Blocks until the deadline.
// Errors: kInvalidArgument (no bytes, or a descriptor is not open), kTooLarge (more descriptors
// than one message carries), kNoSpace (too many are under way already: ETOOMANYREFS),
// kPeerClosed, kWouldBlock, kTimedOut, kSystem. After an error a part may have been sent: the
// connection is good for nothing more.
Result<void> SendWithDescriptors(int socket, std::span<const std::byte> bytes,
                                 std::span<const int> descriptors, Deadline deadline);

struct PassedDescriptors {
  std::size_t size_bytes = 0;
  std::vector<FileDescriptor> descriptors;  // in the order they were sent
};

// At least one byte of what the peer sent, and what came with it. Blocks until the deadline.
// Errors: kCorrupt (more descriptors than `descriptors_max`), kNoSpace (descriptors were cut off:
// this process can have no more, or control messages of another kind that the socket asked for took
// their room), kPeerClosed, kWouldBlock, kTimedOut, kInvalidArgument (empty buffer), kSystem. The
// bytes of a message whose descriptors were refused are lost.
Result<PassedDescriptors> ReceiveWithDescriptors(int socket, std::span<std::byte> buffer,
                                                 std::size_t descriptors_max, Deadline deadline);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_DESCRIPTOR_PASSING_H_
