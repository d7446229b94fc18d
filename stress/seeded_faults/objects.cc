#include "stress/seeded_faults/objects.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace ipc_hammer::seeded {
namespace {

constexpr long kMqueueMagic = 0x19800202;  // statfs(2), MQUEUE_MAGIC
constexpr int kNotedMax = 4096;            // above it an eventfd is nobody's

std::array<std::atomic<bool>, kNotedMax> noted{};

int SocketOption(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

Mechanism UnixSocket(int type) {
  switch (type) {
    case SOCK_STREAM:
      return Mechanism::kUnixStream;
    case SOCK_DGRAM:
      return Mechanism::kUnixDgram;
    case SOCK_SEQPACKET:
      return Mechanism::kUnixSeqpacket;
    default:
      return Mechanism::kNone;
  }
}

Mechanism SocketOf(int fd) {
  const int family = SocketOption(fd, SO_DOMAIN);
  const int type = SocketOption(fd, SO_TYPE);
  if (family == AF_UNIX) return UnixSocket(type);
  if (family != AF_INET) return Mechanism::kNone;
  if (type == SOCK_STREAM) return Mechanism::kTcp;
  return type == SOCK_DGRAM ? Mechanism::kUdp : Mechanism::kNone;
}

Mechanism Find(int fd) {
  if (fd <= STDERR_FILENO) return Mechanism::kNone;
  if (fd < kNotedMax && noted[static_cast<std::size_t>(fd)].load()) return Mechanism::kEventFd;
  const int flags = fcntl(fd, F_GETFL);
  struct stat status;
  if (flags < 0 || (flags & O_NONBLOCK) == 0 || fstat(fd, &status) != 0) return Mechanism::kNone;
  if (S_ISFIFO(status.st_mode)) return Mechanism::kPipe;
  if (S_ISSOCK(status.st_mode)) return SocketOf(fd);
  struct statfs system;
  const bool is_queue = fstatfs(fd, &system) == 0 && system.f_type == kMqueueMagic;
  return is_queue && S_ISREG(status.st_mode) ? Mechanism::kPosixMq : Mechanism::kNone;
}

}  // namespace

Mechanism MechanismOf(int fd) {
  const int saved = errno;
  const Mechanism mechanism = Find(fd);
  errno = saved;
  return mechanism;
}

void NoteTokenEventFd(int fd) {
  if (fd >= 0 && fd < kNotedMax) noted[static_cast<std::size_t>(fd)].store(true);
}

void ForgetTokenEventFd(int fd) {
  if (fd >= 0 && fd < kNotedMax) noted[static_cast<std::size_t>(fd)].store(false);
}

}  // namespace ipc_hammer::seeded
