// shm_memfd: a bounded message queue in a sealed memory file (message_ring.h says how it works,
// sealed_memfd.h what the seals are good for). The file has no name: the creator hands it to
// strangers over a socket, which has.
//
// Names: the abstract socket "ipc_hammer/shm_memfd/<text>" of the network namespace, served by a
// thread of the creating process (descriptor_server.h) until Unlink() or the end of the Channel;
// Detach() in the creator changes nothing, in a forked child it drops the child's copies.
// Nothing of a dead creator is left: the kernel removes the name at once, and the memory with the
// last who uses it. So there is nothing to take over, and unlink() finds nothing.
// Who may open: a process of our own user, and others where Options::mode gives their class both
// reading and writing.
// Opening: waits for the creator's thread, even with Deadline::Now(), at most kAnswerPatience.
// What comes has to be one sealed memory file with a ring in it; anything else is corrupt.
// Endpoints: any number of both roles; they stay usable after the creator's end.
// Sources: memfd_create(2), unix(7), futex(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_SHM_MEMFD_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_SHM_MEMFD_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind ShmMemfd();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_MEMFD_SHM_MEMFD_H_
