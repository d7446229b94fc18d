// What both ends of a connection do with their socket, whatever its family.
//
// Blocking: none, whatever the socket says of itself (MSG_DONTWAIT), except for ConnectStream,
// which ends by its deadline and may leave the socket without O_NONBLOCK. Errors: values; never
// SIGPIPE, never EINTR. Sources: send(2), recv(2), poll(2).
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_SOCKET_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_SOCKET_H_

#include <cstddef>
#include <span>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/socket/connection_family.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

// A new socket of the family: prepared, non-blocking, close-on-exec. Errors: kNoSpace, kSystem.
Result<FileDescriptor> NewStreamSocket(const ConnectionFamily& family);

// A new socket, connected. Errors: those of NewStreamSocket and of ConnectionFamily::connect.
Result<FileDescriptor> ConnectStream(const ConnectionFamily& family, AddressRef address,
                                     Deadline deadline);

// ConnectionFamily::send and ::receive of byte streams.
Result<std::size_t> SendSome(int socket, std::span<const std::byte> bytes);
Result<std::size_t> ReceiveSome(int socket, std::span<std::byte> buffer);

// Whether both directions of the connection have ended or the peer has gone altogether.
bool IsHungUp(int socket);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_STREAM_SOCKET_H_
