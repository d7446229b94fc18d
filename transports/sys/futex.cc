#include "transports/sys/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace ipc_hammer {

Result<void> FutexWait(const FutexWord& word, std::uint32_t expected, Deadline deadline) {
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "futex");
  timespec until{};
  if (!deadline.is_never()) until = deadline.Absolute();
  const long result =
      syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, deadline.is_never() ? nullptr : &until,
              nullptr, FUTEX_BITSET_MATCH_ANY);
  if (result == 0 || errno == EAGAIN || errno == EINTR) return {};
  if (errno == ETIMEDOUT) return Fail(Errc::kTimedOut, "futex", errno);
  if (errno == EFAULT) return Fail(Errc::kCorrupt, "futex", errno);
  return FailErrno("futex");
}

void FutexWake(FutexWord& word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE, count, nullptr, nullptr, 0);
}

}  // namespace ipc_hammer
