// The kinds `unix_dgram` and `unix_dgram_abstract`: AF_UNIX datagram sockets as messages from
// several producers to the one consumer that binds the name, for strangers. They differ only in the
// address.
//
// Local datagrams are reliable and in order: a sender waits while the receiver's queue is full or
// its own buffer is. Producers are connected, so they wait by poll(2) for both. The receiver does
// not see its senders: it waits for the next one for ever. A producer whose receiver has gone, or
// has stopped receiving, gets kPeerClosed, also in a Send that waits, and for good: it has to be
// opened again when the name is somebody's again.
//
// Who may send: to a socket file, whom its mode lets write, and it is exactly Options::mode; an
// opener whose own mode lets nobody else in refuses another user's file. To an abstract name
// everybody can send, and everybody could have bound it: the kernel attaches the sender's user to
// each message (SO_PASSCRED), and another user's are passed over; a producer refuses a receiver of
// another user (peer_owner.h). But such messages take up room in the queue until they are passed
// over. A message above the channel's size, which is not known to strangers,
// is taken away and is kCorrupt; the next Receive goes on.
// A name left by a dead process: see socket_file.h; the kernel removes an abstract one itself.
//
// Capacity: one more message than net.unix.max_dgram_qlen says; create is kNoSpace where that is
// below the kernel's own 10, and where the producers' buffers are below what send_buffer.h says.
// Threads and processes: as transport.h says; attaching a producer connects by name, so after
// Unlink() it is kPeerClosed.
// Sources: unix(7), socket(7); net/unix/af_unix.c, unix_dgram_poll(), unix_dgram_sendmsg().
#ifndef IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_UNIX_DGRAM_H_
#define IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_UNIX_DGRAM_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind UnixDgram();
TransportKind UnixDgramAbstract();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SOCKET_DATAGRAM_UNIX_DGRAM_H_
