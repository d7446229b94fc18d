// sem_posix: a POSIX named semaphore, as a channel of tokens: Send posts, Receive waits.
//
// Names: "/<text>" of sem_open, which is the file "/dev/shm/sem.<text>", owned by
// "/dev/shm/<text>.sem_posix.lock". Created with value 0.
// Creation does not use sem_open(O_CREAT): that gives the umask's mode, and a creator killed inside
// it leaves a file of a random name behind. The file is made here in the C library's format,
// which is a sem_t of sem_init(pshared), and is opened by sem_open.
// Capacity: SEM_VALUE_MAX tokens whatever Options::capacity_messages says; one more is too_large.
// Endpoints: any number of both roles. Those attached in one process share one handle. The C
// library gives every sem_open of one semaphore in one process the same address and counts the
// users.
//
// Kills, closing: posix_semaphore.h, token_endpoint.h.
// Sources: sem_overview(7), sem_open(3).
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_POSIX_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_POSIX_H_

#include "transports/transport.h"

namespace ipc_hammer {

TransportKind SemPosix();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_SEM_POSIX_H_
