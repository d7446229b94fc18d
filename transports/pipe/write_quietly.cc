#include "transports/pipe/write_quietly.h"

#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace ipc_hammer {
namespace {

constexpr int kRwfNoSignal = 0x100;  // RWF_NOSIGNAL of linux/fs.h since 6.18; older headers lack it

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// ThreadSanitizer knows write(2) as an ordering between threads, but not pwritev2(2).
constexpr bool kMayTryFlag = false;
#else
constexpr bool kMayTryFlag = true;
#endif
#else
constexpr bool kMayTryFlag = true;
#endif

std::atomic<bool> flag_works{kMayTryFlag};

ssize_t WriteRetrying(int fd, std::span<const std::byte> bytes) {
  ssize_t taken = -1;
  do {
    taken = ::write(fd, bytes.data(), bytes.size());
  } while (taken < 0 && errno == EINTR);
  return taken;
}

ssize_t WriteWithFlag(int fd, std::span<const std::byte> bytes) {
  iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
  ssize_t taken = -1;
  do {
    taken = ::pwritev2(fd, &piece, 1, -1, kRwfNoSignal);
  } while (taken < 0 && errno == EINTR);
  return taken;
}

void TakePendingSigpipe(const sigset_t& sigpipe) {
  const timespec at_once{};
  while (::sigtimedwait(&sigpipe, nullptr, &at_once) < 0 && errno == EINTR) {
  }
}

}  // namespace

ssize_t WriteWithSigpipeBlocked(int fd, std::span<const std::byte> bytes) {
  sigset_t sigpipe;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  sigemptyset(&pending);
  pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
  const bool was_blocked = sigismember(&before, SIGPIPE) == 1;
  // A signal that is not blocked is never left pending.
  if (was_blocked) sigpending(&pending);
  const ssize_t taken = WriteRetrying(fd, bytes);
  const int saved = errno;
  if (taken < 0 && saved == EPIPE && sigismember(&pending, SIGPIPE) != 1) {
    TakePendingSigpipe(sigpipe);
  }
  if (!was_blocked) pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = saved;
  return taken;
}

ssize_t WriteQuietly(int fd, std::span<const std::byte> bytes) {
  if (flag_works.load(std::memory_order_relaxed)) {
    const ssize_t taken = WriteWithFlag(fd, bytes);
    // ENOSYS: a sandbox's system call filter.
    if (taken >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return taken;
    flag_works.store(false, std::memory_order_relaxed);
  }
  return WriteWithSigpipeBlocked(fd, bytes);
}

}  // namespace ipc_hammer
