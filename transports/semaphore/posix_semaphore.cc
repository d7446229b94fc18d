#include "transports/semaphore/posix_semaphore.h"

#include <time.h>

#include <cerrno>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define IPC_HAMMER_TSAN 1
#endif
#endif

namespace ipc_hammer {

Result<void> PosixSemaphore::Put(Deadline) {
  if (sem_post(sem_) == 0) return {};
  return FailErrno("sem_post");  // EOVERFLOW is kTooLarge
}

Result<void> PosixSemaphore::Take(Deadline deadline) {
  return deadline.is_now() ? TryWait() : Wait(deadline);
}

Result<void> PosixSemaphore::TryWait() {
  int result = -1;
  do {
    result = sem_trywait(sem_);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  return FailErrno("sem_trywait");
}

// Errors: kTimedOut, also for no reason. REQUIRES: a deadline that comes.
Result<void> PosixSemaphore::Wait(Deadline deadline) {
  const timespec until = deadline.Absolute();
  if (sem_clockwait(sem_, CLOCK_MONOTONIC, &until) == 0) {
#ifdef IPC_HAMMER_TSAN
    __tsan_acquire(sem_);  // it knows sem_post and the other waits, but not this one
#endif
    return {};
  }
  if (errno == EINTR) return Fail(Errc::kTimedOut, "sem_clockwait", EINTR);
  return FailErrno("sem_clockwait");
}

}  // namespace ipc_hammer
