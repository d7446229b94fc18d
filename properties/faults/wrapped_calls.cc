// The wrapped calls. Each names the faults that fit it (fits.h); everything else about a call is
// left to the original.
//
// The linker resolves a reference to `read` to __wrap_read, and __real_read to what `read` would
// have been: a sanitizer's interceptor, or the C library. wrapped_calls.bzl lists the same names.
// Functions with optional arguments are defined with all of them: the calling conventions of Linux
// pass them alike, and one that was not given is never looked at by the original either.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "properties/faults/fits.h"
#include "properties/faults/injection.h"
#include "properties/faults/packet_pipes.h"
#include "properties/faults/tsan_order.h"

namespace faults = ipc_hammer::faults;

// Defines one wrapper. `failed` is what the call returns on failure, `short_args` the arguments of
// a transfer of one byte. Everything right of `armed` is evaluated only while a fault is armed.
#define IPC_HAMMER_WRAP_AS(call, result, name, params, args, short_args, fits, failed, spurious) \
  extern "C" result __real_##name params;                                                        \
  extern "C" result __wrap_##name params {                                                       \
    if (!faults::state.armed) [[likely]]                                                         \
      return __real_##name args;                                                                 \
    switch (faults::Decide(call, fits, spurious)) {                                              \
      case faults::Effect::kFail:                                                                \
        return failed;                                                                           \
      case faults::Effect::kShort:                                                               \
        return __real_##name short_args;                                                         \
      case faults::Effect::kNone:                                                                \
        break;                                                                                   \
    }                                                                                            \
    return __real_##name args;                                                                   \
  }                                                                                              \
  static_assert(true)

#define IPC_HAMMER_WRAP_TRANSFER(result, name, params, args, short_args, fits) \
  IPC_HAMMER_WRAP_AS(#name, result, name, params, args, short_args, fits, -1, EAGAIN)

#define IPC_HAMMER_WRAP(result, name, params, args, fits) \
  IPC_HAMMER_WRAP_AS(#name, result, name, params, args, args, fits, -1, EAGAIN)

#define IPC_HAMMER_WRAP_POINTER(result, name, params, args, fits, failed) \
  IPC_HAMMER_WRAP_AS(#name, result, name, params, args, args, fits, failed, EAGAIN)

// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace ipc_hammer::faults;  // the sets below

// Bytes: read(2), write(2), recv(2), send(2).
IPC_HAMMER_WRAP_TRANSFER(ssize_t, read, (int fd, void* data, size_t size), (fd, data, size),
                         (fd, data, 1), Reads(fd, size));
IPC_HAMMER_WRAP_TRANSFER(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size),
                         (fd, data, 1), Writes(fd, size));
IPC_HAMMER_WRAP_TRANSFER(ssize_t, recv, (int fd, void* data, size_t size, int flags),
                         (fd, data, size, flags), (fd, data, 1, flags), Receives(fd, size, flags));
IPC_HAMMER_WRAP_TRANSFER(ssize_t, send, (int fd, const void* data, size_t size, int flags),
                         (fd, data, size, flags), (fd, data, 1, flags), Sends(fd, size, flags));
IPC_HAMMER_WRAP_TRANSFER(ssize_t, recvfrom,
                         (int fd, void* data, size_t size, int flags, sockaddr* from,
                          socklen_t* from_size),
                         (fd, data, size, flags, from, from_size),
                         (fd, data, 1, flags, from, from_size), Receives(fd, size, flags));
IPC_HAMMER_WRAP_TRANSFER(ssize_t, sendto,
                         (int fd, const void* data, size_t size, int flags, const sockaddr* to,
                          socklen_t to_size),
                         (fd, data, size, flags, to, to_size), (fd, data, 1, flags, to, to_size),
                         Sends(fd, size, flags));

extern "C" ssize_t __real_readv(int fd, const iovec* vectors, int count);
extern "C" ssize_t __real_writev(int fd, const iovec* vectors, int count);
extern "C" ssize_t __real_recvmsg(int fd, msghdr* message, int flags);
extern "C" ssize_t __real_sendmsg(int fd, const msghdr* message, int flags);

extern "C" ssize_t __wrap_readv(int fd, const iovec* vectors, int count) {
  if (!state.armed) [[likely]]
    return __real_readv(fd, vectors, count);
  const Effect effect =
      Decide("readv", Reads(fd, TotalSize(vectors, static_cast<std::size_t>(count))), EAGAIN);
  if (effect == Effect::kFail) return -1;
  if (effect == Effect::kNone) return __real_readv(fd, vectors, count);
  const iovec first = FirstByte(vectors);
  return __real_readv(fd, &first, 1);
}

extern "C" ssize_t __wrap_writev(int fd, const iovec* vectors, int count) {
  if (!state.armed) [[likely]]
    return __real_writev(fd, vectors, count);
  const Effect effect =
      Decide("writev", Writes(fd, TotalSize(vectors, static_cast<std::size_t>(count))), EAGAIN);
  if (effect == Effect::kFail) return -1;
  if (effect == Effect::kNone) return __real_writev(fd, vectors, count);
  const iovec first = FirstByte(vectors);
  return __real_writev(fd, &first, 1);
}

// With an offset; -1 is the file's own position (preadv2(2)), so pipes and sockets can be meant
// too.
IPC_HAMMER_WRAP_TRANSFER(ssize_t, pread, (int fd, void* data, size_t size, off_t at),
                         (fd, data, size, at), (fd, data, 1, at), Reads(fd, size));
IPC_HAMMER_WRAP_TRANSFER(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at),
                         (fd, data, size, at), (fd, data, 1, at), Writes(fd, size));

extern "C" ssize_t __real_preadv2(int fd, const iovec* vectors, int count, off_t at, int flags);
extern "C" ssize_t __real_pwritev2(int fd, const iovec* vectors, int count, off_t at, int flags);

extern "C" ssize_t __wrap_preadv2(int fd, const iovec* vectors, int count, off_t at, int flags) {
  if (!state.armed) [[likely]]
    return __real_preadv2(fd, vectors, count, at, flags);
  const unsigned fits = Reads(fd, TotalSize(vectors, static_cast<std::size_t>(count)));
  const Effect effect = Decide("preadv2", fits | SpuriousIfNoWait(flags), EAGAIN);
  if (effect == Effect::kFail) return -1;
  if (effect == Effect::kNone) return __real_preadv2(fd, vectors, count, at, flags);
  const iovec first = FirstByte(vectors);
  return __real_preadv2(fd, &first, 1, at, flags);
}

extern "C" ssize_t __wrap_pwritev2(int fd, const iovec* vectors, int count, off_t at, int flags) {
  if (!state.armed) [[likely]]
    return __real_pwritev2(fd, vectors, count, at, flags);
  const unsigned fits = Writes(fd, TotalSize(vectors, static_cast<std::size_t>(count)));
  const Effect effect = Decide("pwritev2", fits | SpuriousIfNoWait(flags), EAGAIN);
  if (effect == Effect::kFail) return -1;
  if (effect == Effect::kNone) return __real_pwritev2(fd, vectors, count, at, flags);
  const iovec first = FirstByte(vectors);
  return __real_pwritev2(fd, &first, 1, at, flags);
}

// Ancillary data travels with the first byte (unix(7)), so a short transfer carries it.
extern "C" ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
  if (!state.armed) [[likely]]
    return __real_recvmsg(fd, message, flags);
  const Effect effect = Decide(
      "recvmsg", Receives(fd, TotalSize(message->msg_iov, message->msg_iovlen), flags), EAGAIN);
  if (effect == Effect::kFail) return -1;
  if (effect == Effect::kNone) return __real_recvmsg(fd, message, flags);
  iovec first = FirstByte(message->msg_iov);
  msghdr cut = *message;
  cut.msg_iov = &first;
  cut.msg_iovlen = 1;
  const ssize_t received = __real_recvmsg(fd, &cut, flags);
  cut.msg_iov = message->msg_iov;
  cut.msg_iovlen = message->msg_iovlen;
  *message = cut;  // lengths and flags that the call has set
  return received;
}

extern "C" ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  if (!state.armed) [[likely]]
    return __real_sendmsg(fd, message, flags);
  const Effect effect =
      Decide("sendmsg", Sends(fd, TotalSize(message->msg_iov, message->msg_iovlen), flags), EAGAIN);
  if (effect == Effect::kFail) return -1;
  if (effect == Effect::kNone) return __real_sendmsg(fd, message, flags);
  iovec first = FirstByte(message->msg_iov);
  msghdr cut = *message;
  cut.msg_iov = &first;
  cut.msg_iovlen = 1;
  return __real_sendmsg(fd, &cut, flags);
}

extern "C" int __real_pipe2(int* fds, int flags);

extern "C" int __wrap_pipe2(int* fds, int flags) {
  if (state.armed && Decide("pipe2", kDescriptorsFits, EAGAIN) == Effect::kFail) return -1;
  const int result = __real_pipe2(fds, flags);
  if (result == 0) NotePipe(fds, flags);
  return result;
}

// Sockets and pipes.
IPC_HAMMER_WRAP(int, socket, (int family, int type, int protocol), (family, type, protocol),
                kDescriptorsFits | kMemoryFits);
IPC_HAMMER_WRAP(int, socketpair, (int family, int type, int protocol, int* fds),
                (family, type, protocol, fds), kDescriptorsFits);
IPC_HAMMER_WRAP(int, bind, (int fd, const sockaddr* address, socklen_t size), (fd, address, size),
                Binds(address, size));
IPC_HAMMER_WRAP(int, listen, (int fd, int backlog), (fd, backlog), kOnlyKill);
IPC_HAMMER_WRAP(int, connect, (int fd, const sockaddr* address, socklen_t size),
                (fd, address, size), Connects(fd, address));
IPC_HAMMER_WRAP(int, accept, (int fd, sockaddr* address, socklen_t* size), (fd, address, size),
                Accepts(fd));
IPC_HAMMER_WRAP(int, accept4, (int fd, sockaddr* address, socklen_t* size, int flags),
                (fd, address, size, flags), Accepts(fd));
IPC_HAMMER_WRAP(int, pipe, (int* fds), (fds), kDescriptorsFits);
IPC_HAMMER_WRAP(int, dup, (int fd), (fd), kDescriptorsFits);
IPC_HAMMER_WRAP(int, dup3, (int from, int to, int flags), (from, to, flags), kOnlyKill);
IPC_HAMMER_WRAP(int, fcntl, (int fd, int command, long argument), (fd, command, argument),
                Controls(command));
IPC_HAMMER_WRAP(int, fcntl64, (int fd, int command, long argument), (fd, command, argument),
                Controls(command));

// Files: open(2), rename(2), link(2), ftruncate(2), fallocate(2), flock(2).
IPC_HAMMER_WRAP(int, open, (const char* path, int flags, mode_t mode), (path, flags, mode),
                Opens(flags));
IPC_HAMMER_WRAP(int, open64, (const char* path, int flags, mode_t mode), (path, flags, mode),
                Opens(flags));
IPC_HAMMER_WRAP(int, openat, (int folder, const char* path, int flags, mode_t mode),
                (folder, path, flags, mode), Opens(flags));
IPC_HAMMER_WRAP(int, openat64, (int folder, const char* path, int flags, mode_t mode),
                (folder, path, flags, mode), Opens(flags));
IPC_HAMMER_WRAP(int, mkfifo, (const char* path, mode_t mode), (path, mode), kSpaceFits);
IPC_HAMMER_WRAP(int, mkdir, (const char* path, mode_t mode), (path, mode),
                kMemoryFits | kSpaceFits);
IPC_HAMMER_WRAP(int, link, (const char* from, const char* to), (from, to),
                kMemoryFits | kSpaceFits);
IPC_HAMMER_WRAP(int, linkat,
                (int from_folder, const char* from, int to_folder, const char* to, int flags),
                (from_folder, from, to_folder, to, flags), kMemoryFits | kSpaceFits);
IPC_HAMMER_WRAP(int, rename, (const char* from, const char* to), (from, to),
                kMemoryFits | kSpaceFits);
IPC_HAMMER_WRAP(int, renameat2,
                (int from_folder, const char* from, int to_folder, const char* to, unsigned flags),
                (from_folder, from, to_folder, to, flags), kMemoryFits | kSpaceFits);
IPC_HAMMER_WRAP(int, ftruncate, (int fd, off_t size), (fd, size), kInterruptFits);
IPC_HAMMER_WRAP(int, ftruncate64, (int fd, off_t size), (fd, size), kInterruptFits);
IPC_HAMMER_WRAP(int, fallocate, (int fd, int mode, off_t offset, off_t size),
                (fd, mode, offset, size), kInterruptFits | kSpaceFits);
IPC_HAMMER_WRAP(int, fallocate64, (int fd, int mode, off_t offset, off_t size),
                (fd, mode, offset, size), kInterruptFits | kSpaceFits);
// posix_fallocate(3) returns the error number and leaves errno alone.
IPC_HAMMER_WRAP_POINTER(int, posix_fallocate, (int fd, off_t offset, off_t size),
                        (fd, offset, size), kInterruptFits | kSpaceFits, state.report.sys_errno);
IPC_HAMMER_WRAP_POINTER(int, posix_fallocate64, (int fd, off_t offset, off_t size),
                        (fd, offset, size), kInterruptFits | kSpaceFits, state.report.sys_errno);
IPC_HAMMER_WRAP(int, flock, (int fd, int operation), (fd, operation), Flocks(operation));

// Waiting: poll(2), epoll_wait(2), eventfd(2).
IPC_HAMMER_WRAP(int, poll, (pollfd * fds, nfds_t count, int timeout), (fds, count, timeout),
                kInterruptFits | kMemoryFits);
IPC_HAMMER_WRAP(int, ppoll,
                (pollfd * fds, nfds_t count, const timespec* timeout, const sigset_t* mask),
                (fds, count, timeout, mask), kInterruptFits | kMemoryFits);
IPC_HAMMER_WRAP(int, epoll_create1, (int flags), (flags), kDescriptorsFits | kMemoryFits);
IPC_HAMMER_WRAP(int, epoll_ctl, (int epoll, int operation, int fd, epoll_event* event),
                (epoll, operation, fd, event),
                operation == EPOLL_CTL_ADD ? kMemoryFits | kSpaceFits : kOnlyKill);
IPC_HAMMER_WRAP(int, epoll_wait, (int epoll, epoll_event* events, int count, int timeout),
                (epoll, events, count, timeout), kInterruptFits);
IPC_HAMMER_WRAP(int, epoll_pwait,
                (int epoll, epoll_event* events, int count, int timeout, const sigset_t* mask),
                (epoll, events, count, timeout, mask), kInterruptFits);
IPC_HAMMER_WRAP(int, epoll_pwait2,
                (int epoll, epoll_event* events, int count, const timespec* timeout,
                 const sigset_t* mask),
                (epoll, events, count, timeout, mask), kInterruptFits);
IPC_HAMMER_WRAP(int, eventfd, (unsigned value, int flags), (value, flags),
                kDescriptorsFits | kMemoryFits);

// Memory: mmap(2), shm_open(3), memfd_create(2).
IPC_HAMMER_WRAP_POINTER(void*, mmap,
                        (void* at, size_t size, int protection, int flags, int fd, off_t offset),
                        (at, size, protection, flags, fd, offset), kMemoryFits, MAP_FAILED);
IPC_HAMMER_WRAP_POINTER(void*, mmap64,
                        (void* at, size_t size, int protection, int flags, int fd, off_t offset),
                        (at, size, protection, flags, fd, offset), kMemoryFits, MAP_FAILED);
IPC_HAMMER_WRAP(int, shm_open, (const char* name, int flags, mode_t mode), (name, flags, mode),
                OpensObject(flags));
IPC_HAMMER_WRAP(int, memfd_create, (const char* name, unsigned flags), (name, flags),
                kDescriptorsFits | kMemoryFits);

// POSIX message queues: mq_overview(7).
IPC_HAMMER_WRAP(mqd_t, mq_open, (const char* name, int flags, mode_t mode, mq_attr* attributes),
                (name, flags, mode, attributes), OpensObject(flags));
IPC_HAMMER_WRAP(int, mq_send, (mqd_t queue, const char* data, size_t size, unsigned priority),
                (queue, data, size, priority), UsesQueue(queue));
IPC_HAMMER_WRAP(int, mq_timedsend,
                (mqd_t queue, const char* data, size_t size, unsigned priority,
                 const timespec* until),
                (queue, data, size, priority, until), UsesQueue(queue));
IPC_HAMMER_WRAP(ssize_t, mq_receive, (mqd_t queue, char* data, size_t size, unsigned* priority),
                (queue, data, size, priority), UsesQueue(queue));
IPC_HAMMER_WRAP(ssize_t, mq_timedreceive,
                (mqd_t queue, char* data, size_t size, unsigned* priority, const timespec* until),
                (queue, data, size, priority, until), UsesQueue(queue));
IPC_HAMMER_WRAP(int, mq_notify, (mqd_t queue, const sigevent* event), (queue, event), kMemoryFits);

// POSIX semaphores: sem_overview(7). POSIX lets sem_trywait fail with EINTR as well.
extern "C" sem_t* __real_sem_open(const char* name, int flags, mode_t mode, unsigned value);
extern "C" sem_t* __wrap_sem_open(const char* name, int flags, mode_t mode, unsigned value) {
  if (state.armed && Decide("sem_open", OpensObject(flags), EAGAIN) == Effect::kFail) {
    return SEM_FAILED;
  }
  [[maybe_unused]] const Unwatched unwatched;
  return __real_sem_open(name, flags, mode, value);
}
IPC_HAMMER_WRAP(int, sem_wait, (sem_t * semaphore), (semaphore), kInterruptFits);
IPC_HAMMER_WRAP(int, sem_trywait, (sem_t * semaphore), (semaphore), kInterruptFits | kSpuriousFits);
IPC_HAMMER_WRAP(int, sem_timedwait, (sem_t * semaphore, const timespec* until), (semaphore, until),
                kInterruptFits);
IPC_HAMMER_WRAP(int, sem_clockwait, (sem_t * semaphore, clockid_t clock, const timespec* until),
                (semaphore, clock, until), kInterruptFits);
IPC_HAMMER_WRAP(int, sem_post, (sem_t * semaphore), (semaphore), kOnlyKill);

// System V: msgget(2), msgop(2), semget(2), semop(2), shmget(2), shmop(2).
IPC_HAMMER_WRAP(int, msgget, (key_t key, int flags), (key, flags), Gets(key, flags));
IPC_HAMMER_WRAP(int, msgsnd, (int id, const void* message, size_t size, int flags),
                (id, message, size, flags), MovesMessage(flags) | kMemoryFits);
IPC_HAMMER_WRAP_AS("msgrcv", ssize_t, msgrcv,
                   (int id, void* message, size_t size, long type, int flags),
                   (id, message, size, type, flags), (id, message, size, type, flags),
                   MovesMessage(flags), -1, ENOMSG);
IPC_HAMMER_WRAP(int, semget, (key_t key, int count, int flags), (key, count, flags),
                Gets(key, flags));
IPC_HAMMER_WRAP(int, semop, (int id, sembuf* operations, size_t count), (id, operations, count),
                Semops(operations, count));
IPC_HAMMER_WRAP(int, semtimedop,
                (int id, sembuf* operations, size_t count, const timespec* timeout),
                (id, operations, count, timeout), Semops(operations, count));
IPC_HAMMER_WRAP(int, shmget, (key_t key, size_t size, int flags), (key, size, flags),
                Gets(key, flags));
extern "C" void* __real_shmat(int id, const void* at, int flags);
extern "C" void* __wrap_shmat(int id, const void* at, int flags) {
  if (state.armed && Decide("shmat", kMemoryFits, EAGAIN) == Effect::kFail) {
    return reinterpret_cast<void*>(-1);
  }
  void* const data = __real_shmat(id, at, flags);
  TakeUnmapped();
  return data;
}

// Ends: they do not fail where they are used rightly, but a process can be killed before each.
//
// close(2) alone can be interrupted, and on Linux that is too late to change anything: the number
// is free, and who closes it again closes somebody else's. So a number that is not open is closed
// by somebody who has closed it before: had another thread got it meanwhile, its descriptor would
// be gone. That is a finding each time, not only then.
extern "C" int __real_close(int fd);
extern "C" int __wrap_close(int fd) {
  const bool interrupted = state.armed && Decide("close", kInterruptFits, EAGAIN) == Effect::kFail;
  const int result = __real_close(fd);
  if (result != 0 && errno == EBADF && fd >= 0) [[unlikely]]
    DieOfAForeignClose(fd);
  if (!interrupted) return result;
  errno = EINTR;
  return -1;
}

extern "C" int __real_sem_close(sem_t* semaphore);
extern "C" int __wrap_sem_close(sem_t* semaphore) {
  if (state.armed) static_cast<void>(Decide("sem_close", kOnlyKill, EAGAIN));
  [[maybe_unused]] const Unwatched unwatched;
  return __real_sem_close(semaphore);
}

extern "C" int __real_shmdt(const void* data);
extern "C" int __wrap_shmdt(const void* data) {
  if (state.armed) static_cast<void>(Decide("shmdt", kOnlyKill, EAGAIN));
  TellUnmapped();
  return __real_shmdt(data);
}

extern "C" int __real_munmap(void* data, size_t size);
extern "C" int __wrap_munmap(void* data, size_t size) {
  if (state.armed) static_cast<void>(Decide("munmap", kOnlyKill, EAGAIN));
  TellUnmapped();
  return __real_munmap(data, size);
}

IPC_HAMMER_WRAP(int, shutdown, (int fd, int how), (fd, how), kOnlyKill);
IPC_HAMMER_WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), kOnlyKill);
IPC_HAMMER_WRAP(int, chmod, (const char* path, mode_t mode), (path, mode), kOnlyKill);
IPC_HAMMER_WRAP(int, unlink, (const char* path), (path), kOnlyKill);
IPC_HAMMER_WRAP(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags),
                kOnlyKill);
IPC_HAMMER_WRAP(int, shm_unlink, (const char* name), (name), kOnlyKill);
IPC_HAMMER_WRAP(int, mq_unlink, (const char* name), (name), kOnlyKill);
IPC_HAMMER_WRAP(int, sem_unlink, (const char* name), (name), kOnlyKill);

// Anything else, futex above all.
IPC_HAMMER_WRAP_AS(number == SYS_futex ? "futex" : "syscall", long, syscall,
                   (long number, long a, long b, long c, long d, long e, long f),
                   (number, a, b, c, d, e, f), (number, a, b, c, d, e, f), SystemCalls(number, b),
                   -1, EAGAIN);
// NOLINTEND(bugprone-reserved-identifier)
