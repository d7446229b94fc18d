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

void FutexAddAndWake(FutexWord& word) {
  constexpr int kAddOne = FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0);
  const long no_second_wake = 0;  // the call passes it in place of a time-out
  if (syscall(SYS_futex, &word, FUTEX_WAKE_OP, kWakeAll, no_second_wake, &word, kAddOne) >= 0) {
    return;
  }
  word.fetch_add(1, std::memory_order_release);
  FutexWake(word, kWakeAll);
}

}  // namespace ipc_hammer
