#include "transports/shared_memory/sysv/sysv_ring_lock.h"

#include <sys/sem.h>

#include <cerrno>
#include <memory>

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kFree = 0;
constexpr std::uint32_t kHeld = 1;

class SemaphoreLock : public RingLock {
 public:
  SemaphoreLock(FutexWord& word, int set) : word_(word), set_(set) {}

  Result<Locked> Acquire(Deadline deadline) override {
    if (Result<void> taken = TakeSemaphore(deadline); !taken) {
      return std::unexpected(taken.error());
    }
    // The semaphore orders nothing in the language's terms; the word does.
    const std::uint32_t before = word_.exchange(kHeld, std::memory_order_acquire);
    return before == kFree ? Locked::kClean : Locked::kOrphaned;
  }

  void Release() override {
    word_.store(kFree, std::memory_order_release);
    sembuf lower = {.sem_num = 0, .sem_op = -1, .sem_flg = SEM_UNDO | IPC_NOWAIT};
    while (semop(set_, &lower, 1) != 0) {
      switch (errno) {
        case EINTR:
        case ENOMEM:  // for the undo, which is there since Acquire
          continue;
        case EAGAIN:  // somebody else lowered it, unless it was said for no reason
          if (semctl(set_, 0, GETVAL) > 0) continue;
          return;
        default:  // removed
          return;
      }
    }
  }

 private:
  Result<void> TakeSemaphore(Deadline deadline) {
    const auto no_wait = static_cast<short>(deadline.is_now() ? IPC_NOWAIT : 0);
    sembuf from_zero_to_one[] = {
        {.sem_num = 0, .sem_op = 0, .sem_flg = no_wait},
        {.sem_num = 0, .sem_op = 1, .sem_flg = static_cast<short>(no_wait | SEM_UNDO)}};
    for (;;) {
      timespec left{};
      if (!deadline.is_never()) left = deadline.Remaining();
      const bool is_timed = !deadline.is_never() && !deadline.is_now();
      if (semtimedop(set_, from_zero_to_one, 2, is_timed ? &left : nullptr) == 0) return {};
      if (errno == EIDRM || errno == EINVAL) return Fail(Errc::kCorrupt, "semtimedop", errno);
      if (errno != EINTR && errno != EAGAIN) return FailErrno("semtimedop");
      if (errno == EAGAIN && deadline.HasPassed()) return Fail(deadline.expired(), "semtimedop");
    }
  }

  FutexWord& word_;
  const int set_;
};

}  // namespace

RingLockMaker SysvRingLock(int set) {
  return [set](FutexWord& word) { return std::make_unique<SemaphoreLock>(word, set); };
}

}  // namespace ipc_hammer
