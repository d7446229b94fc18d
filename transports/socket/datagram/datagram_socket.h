// Messages over AF_UNIX datagram sockets, one system call each.
//
// Here 0 is an empty message and never an end: a datagram socket does not see its senders' ends.
// A message that is longer than the buffer (MSG_TRUNC) is taken away and is kCorrupt, never cut.
// Descriptors that a stranger sends along are closed by the kernel, for want of a place to put
// them.
//
// Blocking: none. Errors: values; never SIGPIPE, never EINTR. Threads: any.
// Sources: unix(7), recvmsg(2), cmsg(3); net/unix/af_unix.c.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_DATAGRAM_SOCKET_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_DATAGRAM_SOCKET_H_

#include <cstddef>
#include <span>

#include "transports/error.h"

namespace ipc_hammer {

// Takes the whole message. Errors: kWouldBlock (the receiver's queue or the own buffer is full),
// kPeerClosed (the receiver has gone or stopped receiving), kTooLarge, kNoSpace, kSystem.
// REQUIRES: the socket was connected.
Result<std::size_t> SendDatagram(int socket, std::span<const std::byte> message);

// Gives the size of one message. Errors: kWouldBlock, kNoSpace, kCorrupt, kSystem.
Result<std::size_t> ReceiveDatagram(int socket, std::span<std::byte> buffer);

// The same where everybody can send. Also kPermission: what another user sent was taken away.
// REQUIRES: the socket had SO_PASSCRED before it was bound.
Result<std::size_t> ReceiveOwnUsersDatagram(int socket, std::span<std::byte> buffer);

// Ends one direction, SHUT_RD or SHUT_WR. With SHUT_RD discards what is queued: that also wakes the
// senders that wait for room, and they are told.
void ShutDownDatagrams(int socket, int how);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_DATAGRAM_SOCKET_H_
