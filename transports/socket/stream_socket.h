// What both ends of an AF_UNIX stream connection do with their socket.
//
// Blocking: none, whatever the socket says of itself (MSG_DONTWAIT), except for ConnectStream,
// which ends by its deadline and may leave the socket without O_NONBLOCK. Errors: values; never
// SIGPIPE, never EINTR. Sources: unix(7), send(2), recv(2), connect(2).
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_SOCKET_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_SOCKET_H_

#include <cstddef>
#include <span>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/socket/unix_address.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

// A new socket: stream, non-blocking, close-on-exec. Errors: kNoSpace, kSystem.
Result<FileDescriptor> NewStreamSocket();

// Connects; waits while the listener's backlog is full, until the deadline.
// Errors: kNotFound (no such name, or nobody listens), kPermission, kNoSpace, kWouldBlock,
// kTimedOut, kCorrupt (a socket of another type), kSystem.
Result<FileDescriptor> ConnectStream(const UnixAddress& address, Deadline deadline);

// At least one byte. Errors: kWouldBlock, kPeerClosed, kNoSpace, kSystem. REQUIRES: not empty.
Result<std::size_t> SendSome(int socket, std::span<const std::byte> bytes);

// At least one byte; what was sent before the peer closed comes before kPeerClosed.
// Errors: kWouldBlock, kPeerClosed, kSystem. REQUIRES: not empty.
Result<std::size_t> ReceiveSome(int socket, std::span<std::byte> buffer);

// Whether both ends of the connection have closed or the peer has gone altogether.
bool IsHungUp(int socket);

// Whether the process at the other end of `socket` runs, or ran when it connected or listened,
// under our effective user id (SO_PEERCRED).
bool IsPeerSameUser(int socket);

// True only if `bytes` in `writes` pieces surely fit the send buffer now, or the socket is broken
// and a send would say so.
bool HasSendRoom(int socket, std::size_t bytes, std::size_t writes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_SOCKET_H_
