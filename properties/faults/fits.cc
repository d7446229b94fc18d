#include "properties/faults/fits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <span>

#include "properties/faults/packet_pipes.h"

// The linker's name for what fcntl would be without its wrapper.
extern "C" int __real_fcntl(int fd, int command, long argument);

namespace ipc_hammer::faults {
namespace {

class PreserveErrno {
 public:
  ~PreserveErrno() { errno = saved_; }

 private:
  const int saved_ = errno;
};

bool Asking(FaultKind kind) { return state.fault.kind == kind; }

unsigned SpuriousIf(bool non_blocking) { return non_blocking ? kSpuriousFits : 0U; }

unsigned SpuriousIfNonBlocking(int fd) {
  if (!Asking(FaultKind::kSpurious)) return 0;
  const PreserveErrno preserve;
  const int flags = __real_fcntl(fd, F_GETFL, 0);
  return SpuriousIf(flags >= 0 && (flags & O_NONBLOCK) != 0);
}

bool IsStreamSocket(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

// What the kernel shows below /proc is given whole, or from the beginning of a record.
bool IsShown(int fd) {
  struct statfs status;
  return fstatfs(fd, &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

// A part of the bytes can be transferred on its own: not an eventfd, a datagram socket or a pipe in
// packet mode. Writes of up to PIPE_BUF to a pipe are atomic (pipe(7)).
unsigned ShortIfStream(int fd, std::size_t size, bool writes) {
  if (!Asking(FaultKind::kShort) || size < 2) return 0;
  const PreserveErrno preserve;
  struct stat status;
  if (fstat(fd, &status) != 0) return 0;
  bool stream = (S_ISREG(status.st_mode) && !IsShown(fd)) || S_ISCHR(status.st_mode);
  if (S_ISSOCK(status.st_mode)) stream = IsStreamSocket(fd);
  if (S_ISFIFO(status.st_mode)) {
    stream = !IsPacketPipe(status.st_ino) && !(writes && size <= PIPE_BUF);
  }
  return stream ? kShortFits : 0U;
}

unsigned SpaceIfFile(int fd) {
  if (!Asking(FaultKind::kSpace)) return 0;
  const PreserveErrno preserve;
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? kSpaceFits : 0U;
}

unsigned SpuriousIfDontWait(int fd, int flags) {
  return (flags & MSG_DONTWAIT) != 0 ? kSpuriousFits : SpuriousIfNonBlocking(fd);
}

bool IsFutexWait(long number, long operation) {
  const long command = operation & FUTEX_CMD_MASK;
  return number == SYS_futex && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET);
}

}  // namespace

unsigned Reads(int fd, std::size_t size) {
  return kInterruptFits | SpuriousIfNonBlocking(fd) | ShortIfStream(fd, size, false);
}

unsigned Writes(int fd, std::size_t size) {
  return kInterruptFits | SpuriousIfNonBlocking(fd) | ShortIfStream(fd, size, true) |
         SpaceIfFile(fd);
}

unsigned SpuriousIfNoWait(int rwf_flags) { return SpuriousIf((rwf_flags & RWF_NOWAIT) != 0); }

unsigned Receives(int fd, std::size_t size, int flags) {
  return kInterruptFits | kMemoryFits | SpuriousIfDontWait(fd, flags) |
         ShortIfStream(fd, size, false);
}

unsigned Sends(int fd, std::size_t size, int flags) {
  return kInterruptFits | kMemoryFits | SpuriousIfDontWait(fd, flags) |
         ShortIfStream(fd, size, true);
}

std::size_t TotalSize(const iovec* vectors, std::size_t count) {
  std::size_t size = 0;
  for (const iovec& vector : std::span(vectors, count)) size += vector.iov_len;
  return size;
}

// The first byte that the vectors hold. REQUIRES: TotalSize > 0.
iovec FirstByte(const iovec* vectors) {
  while (vectors->iov_len == 0) ++vectors;
  return {vectors->iov_base, 1};
}

unsigned Opens(int flags) {
  return kInterruptFits | kDescriptorsFits | kMemoryFits | ((flags & O_CREAT) ? kSpaceFits : 0U);
}

// Named objects of the C library: opening one cannot be interrupted on Linux.
unsigned OpensObject(int flags) { return Opens(flags) & ~unsigned{kInterruptFits}; }

// System V: only creation takes space.
unsigned Gets(key_t key, int flags) {
  const bool creates = key == IPC_PRIVATE || (flags & IPC_CREAT) != 0;
  return creates ? kMemoryFits | kSpaceFits : kOnlyKill;
}

unsigned Accepts(int fd) {
  return kInterruptFits | kDescriptorsFits | kMemoryFits | SpuriousIfNonBlocking(fd);
}

unsigned UsesQueue(int queue) { return kInterruptFits | SpuriousIfNonBlocking(queue); }

unsigned MovesMessage(int flags) { return kInterruptFits | SpuriousIf((flags & IPC_NOWAIT) != 0); }

unsigned Connects(int fd, const sockaddr* address) {
  // An interrupted connect of TCP goes on in the background; only a local one can be repeated.
  const bool local = address != nullptr && address->sa_family == AF_UNIX;
  return local ? kInterruptFits | SpuriousIfNonBlocking(fd) : kOnlyKill;
}

unsigned Binds(const sockaddr* address, socklen_t size) {
  // A path makes an inode (unix(7)); other addresses take nothing but memory.
  constexpr socklen_t kPathAt = offsetof(sockaddr_un, sun_path);
  const bool path = address != nullptr && address->sa_family == AF_UNIX && size > kPathAt &&
                    reinterpret_cast<const sockaddr_un*>(address)->sun_path[0] != '\0';
  return path ? kMemoryFits | kSpaceFits : kMemoryFits;
}

unsigned Controls(int command) {
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return kDescriptorsFits;
    case F_SETLKW:
    case F_OFD_SETLKW:
      return kInterruptFits;
    case F_SETLK:
    case F_OFD_SETLK:
      return kSpuriousFits;
    default:
      return kOnlyKill;
  }
}

unsigned Flocks(int operation) {
  return (operation & LOCK_NB) != 0 ? kInterruptFits | kSpuriousFits : kInterruptFits;
}

unsigned Semops(const sembuf* operations, std::size_t count) {
  unsigned fits = kInterruptFits;
  for (const sembuf& operation : std::span(operations, count)) {
    if ((operation.sem_flg & IPC_NOWAIT) != 0) fits |= kSpuriousFits;
    if ((operation.sem_flg & SEM_UNDO) != 0) fits |= kMemoryFits;
  }
  return fits;
}

// A futex wait may find that the word has changed (EAGAIN) at any time: futex(2).
unsigned SystemCalls(long number, long operation) {
  return IsFutexWait(number, operation) ? kInterruptFits | kSpuriousFits : kOnlyKill;
}

}  // namespace ipc_hammer::faults
