// What AF_UNIX sockets charge to their sender's buffer, and what is promised of it.
//
// The kernel charges a piece with what it allocates for it: at most twice the bytes and 1 KiB. It
// takes a piece while less than SO_SNDBUF is charged, and gives back when the piece is received. So
// the floors hold where net.core.wmem_default is at least the kernel's own 212992.
// Sources: socket(7), SIOCOUTQ in unix(7); net/core/sock.c, sock_alloc_send_pskb().
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_SEND_BUFFER_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_SEND_BUFFER_H_

#include <cstddef>

#include "transports/error.h"

namespace ipc_hammer {

inline constexpr std::size_t kUnixFloorMessages = 64;
inline constexpr std::size_t kUnixFloorBytes = std::size_t{64} << 10;
// One that is larger would need several pages in a row, which the kernel may not have.
inline constexpr std::size_t kUnixMessageSizeMax = std::size_t{64} << 10;

// Success: the floors hold for this socket. Errors: kNoSpace (net.core.wmem_default is too low),
// kSystem.
Result<void> CheckSendBuffer(int socket);

// True only if `bytes` in `writes` pieces surely fit the send buffer now, or the connection has
// ended and a send would say so.
bool HasSendRoom(int socket, std::size_t bytes, std::size_t writes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_SEND_BUFFER_H_
