// The kind `pipe`: pipe(2) as a byte stream from several producers to one consumer, between threads
// and relatives.
//
// A Send of at most PIPE_BUF bytes is taken whole or not at all and never mixed with another's; a
// larger one may be taken in part. A channel holds both ends until Detach(), so that further
// endpoints can be attached; each endpoint has a descriptor of its own, and the consumer sees the
// end of file when the last descriptor of the writing end is closed, in whichever process.
//
// Capacity: 16 slots of one page. Create refuses with kNoSpace where the system gives less (user
// above /proc/sys/fs/pipe-user-pages-soft). A write of n bytes puts n % page into the last slot if
// that fits and takes new slots for the rest; so two neighbouring slots hold more than a page
// together, only the first slot is ever partly read, and full means at least 1 + 7 * 4097 + 1
// bytes.
//
// Threads and processes: as transport.h says. The limits on producers and consumers are those of
// this process: it cannot know what its relatives attached.
// Errors: see transport.h; Attach after Detach and beyond the limits is kInvalidArgument.
// Sources: pipe(7) "Pipe capacity" and "PIPE_BUF"; fs/pipe.c, pipe_write().
#ifndef IPC_HAMMER_TRANSPORTS_PIPE_PIPE_H_
#define IPC_HAMMER_TRANSPORTS_PIPE_PIPE_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind Pipe();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_PIPE_PIPE_H_
