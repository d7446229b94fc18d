// sem_unnamed: a POSIX semaphore without a name (sem_init with pshared), as a channel of tokens
// between relatives: Send posts, Receive waits.
//
// It lies in an anonymous shared mapping, which a forked child inherits. Nothing of it has a name,
// so nothing is left when the last process that has it ends, however it ends. Nobody calls
// sem_destroy: no process can know that it is the last, and on Linux there is nothing to destroy.
// Capacity: SEM_VALUE_MAX tokens whatever Options::capacity_messages says; one more is too_large.
// Endpoints: any number of both roles, also after Detach(): tokens stay as long as the channel is
// mapped anywhere.
//
// Kills, closing: posix_semaphore.h, token_endpoint.h.
// Sources: sem_init(3), sem_destroy(3), mmap(2).
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_UNNAMED_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_UNNAMED_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind SemUnnamed();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_UNNAMED_H_
