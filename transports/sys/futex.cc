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

bool FutexReleaseAndWake(FutexWord& lock, FutexWord& sleepers) {
  // The kernel's "set to 0, compare what was there as a signed number with 0".
  constexpr int kSetZeroWakeIfNegative = FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_LT, 0);
  const long wake_of_lock = 1;  // the call passes it in place of a time-out
  return syscall(SYS_futex, &sleepers, FUTEX_WAKE_OP, kWakeAll, wake_of_lock, &lock,
                 kSetZeroWakeIfNegative) >= 0;
}

}  // namespace ipc_hammer
