// ConnectionFamily: what one family of connected sockets does in its own way, as a value.
//
// The consumer, the producer and the table of connections know nothing of the family but these
// functions, so a family is one such constant and the kinds that are made of it.
//
// Blocking: `connect` only, until its deadline. Errors: values; never SIGPIPE, never EINTR.
// Threads: any; the functions keep nothing.
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTION_FAMILY_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTION_FAMILY_H_

#include <sys/socket.h>

#include <cstddef>
#include <span>

#include "transports/deadline.h"
#include "transports/error.h"

namespace ipc_hammer {

// Somebody else's socket address, looked at.
struct AddressRef {
  const sockaddr* data = nullptr;
  socklen_t size = 0;
};

struct ConnectionFamily {
  int domain = AF_UNSPEC;
  int type = SOCK_STREAM;

  // Prepares a fresh socket: one that will connect or listen, and one that was accepted.
  // Errors: kNoSpace, kSystem.
  Result<void> (*prepare)(int socket) = nullptr;

  // Connects a fresh non-blocking socket, which may lose O_NONBLOCK, to a listener whose user may
  // have producers. To fail once the listener can see the connection would show it a peer that
  // never was, so whatever can run short is taken first.
  // Errors: kNotFound (no such name, or nobody listens), kPermission (also: another user's
  // listener), kNoSpace, kWouldBlock, kTimedOut, kCorrupt (a socket of another type), kSystem.
  Result<void> (*connect)(int socket, AddressRef address, Deadline deadline) = nullptr;

  // Whether the peer of an accepted connection may stay. One that may not is closed on sight and
  // gets no number. Errors: kNoSpace, kSystem (it cannot be said now; the peer has to wait).
  Result<bool> (*is_welcome)(int socket) = nullptr;

  // Streams: takes at least one byte and says how many. Message families: takes all or nothing.
  // Errors: kWouldBlock, kPeerClosed, kNoSpace, kSystem. REQUIRES: not empty on a stream.
  Result<std::size_t> (*send)(int socket, std::span<const std::byte> bytes) = nullptr;

  // How the consumer sends: as `send`, but in a family in which it would do harm to send to a peer
  // that has gone, that is looked at first.
  Result<std::size_t> (*answer)(int socket, std::span<const std::byte> bytes) = nullptr;

  // Streams: gives at least one byte. Message families: gives one message, which may be empty; one
  // that is longer than the buffer is taken away and kCorrupt. What was sent before the peer closed
  // comes before kPeerClosed.
  // Errors: kWouldBlock, kPeerClosed, kNoSpace, kCorrupt, kSystem. REQUIRES: a stream's buffer is
  // not empty.
  Result<std::size_t> (*receive)(int socket, std::span<std::byte> buffer) = nullptr;

  // True only if `bytes` in `writes` pieces surely fit the send buffer now, or the socket is broken
  // and a send would say so.
  bool (*has_send_room)(int socket, std::size_t bytes, std::size_t writes) = nullptr;

  // Whether the peer, of whom the end of file has been read, has gone altogether and will not
  // receive either.
  bool (*has_peer_gone)(int socket) = nullptr;

  // Ends one direction, SHUT_RD or SHUT_WR, so that the peer is told as far as it can be.
  void (*shut_down)(int socket, int how) = nullptr;

  // Before the only descriptor of a connection is closed by the process that made it: prevents, as
  // far as that is possible, that closing destroys what was sent.
  void (*before_close)(int socket) = nullptr;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_CONNECTION_FAMILY_H_
