// Messages over connected SOCK_SEQPACKET sockets: ConnectionFamily::send and ::receive.
//
// A SOCK_SEQPACKET socket of Linux says the same of an empty message and of the end: recvmsg(2)
// returns 0, and MSG_EOR is never set. So each message is preceded by one byte, always the same,
// and 0 is the end. A message without that byte, or longer than the buffer (MSG_TRUNC), is not from
// one of ours: it is taken away and is kCorrupt. An empty one without it cannot be told from the
// end, and ends its connection. Descriptors that a stranger sends along are closed by the kernel.
//
// Blocking: none. Errors: values; never SIGPIPE, never EINTR. Threads: any.
// Sources: unix(7), recvmsg(2); net/unix/af_unix.c, unix_dgram_recvmsg().
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_PACKET_SOCKET_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_PACKET_SOCKET_H_

#include <cstddef>
#include <span>

#include "transports/error.h"

namespace ipc_hammer {

// Takes the whole message. Errors: kWouldBlock, kPeerClosed, kTooLarge, kNoSpace, kSystem.
Result<std::size_t> SendPacket(int socket, std::span<const std::byte> message);

// Gives the size of one message. Errors: kWouldBlock, kPeerClosed, kNoSpace, kCorrupt, kSystem.
Result<std::size_t> ReceivePacket(int socket, std::span<std::byte> buffer);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_PACKET_SOCKET_H_
