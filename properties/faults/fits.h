// Which faults fit a call, by its arguments: sets of Fits, after the Linux manual page and, for
// functions of the C library, POSIX.1-2017. Internal to this folder.
//
// Questions that cost a system call are only asked for the armed fault that needs the answer; errno
// is preserved.
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_FITS_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_FITS_H_

#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

#include "properties/faults/injection.h"

namespace ipc_hammer::faults {

unsigned Reads(int fd, std::size_t size);                      // read(2), readv(2)
unsigned Writes(int fd, std::size_t size);                     // write(2), writev(2)
unsigned SpuriousIfNoWait(int rwf_flags);                      // preadv2(2), pwritev2(2)
unsigned Receives(int fd, std::size_t size, int flags);        // recv(2) and its relatives
unsigned Sends(int fd, std::size_t size, int flags);           // send(2) and its relatives
unsigned Accepts(int fd);                                      // accept(2)
unsigned Connects(int fd, const sockaddr* address);            // connect(2)
unsigned Binds(const sockaddr* address, socklen_t size);       // bind(2), unix(7)
unsigned Opens(int flags);                                     // open(2)
unsigned OpensObject(int flags);                               // mq_open, sem_open, shm_open (3)
unsigned Controls(int command);                                // fcntl(2)
unsigned Flocks(int operation);                                // flock(2)
unsigned UsesQueue(int queue);                                 // mq_send(3), mq_receive(3)
unsigned Gets(key_t key, int flags);                           // msgget, semget, shmget (2)
unsigned MovesMessage(int flags);                              // msgop(2)
unsigned Semops(const sembuf* operations, std::size_t count);  // semop(2)
unsigned SystemCalls(long number, long operation);             // syscall(2): futex(2)

std::size_t TotalSize(const iovec* vectors, std::size_t count);

// The first byte that the vectors hold. REQUIRES: TotalSize > 0.
iovec FirstByte(const iovec* vectors);

}  // namespace ipc_hammer::faults

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_FITS_H_
