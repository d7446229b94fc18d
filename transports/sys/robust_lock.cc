#include "transports/sys/robust_lock.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

#include "transports/sys/deadlines.h"

namespace ipc_hammer {
namespace {

// The lock is held for some hundred nanoseconds: looking a few times is cheaper than a sleep.
constexpr int kLooksBeforeSleep = 100;

// What a thread has to know about itself. Cached, because each field costs a system call; a forked
// child has another id, so the cache counts the forks that led to this process.
struct Self {
  std::uint32_t forks = 0;  // 0: not filled in
  std::uint32_t tid = 0;
  robust_list_head* robust = nullptr;
};
constinit thread_local Self self;
constinit std::atomic<std::uint32_t> forks = 1;
constinit pthread_once_t watch_forks = PTHREAD_ONCE_INIT;

void CountFork() { forks.fetch_add(1, std::memory_order_relaxed); }

Result<void> LearnSelf() {
  pthread_once(&watch_forks, [] { pthread_atfork(nullptr, nullptr, CountFork); });
  std::size_t size = 0;
  if (syscall(SYS_get_robust_list, 0, &self.robust, &size) != 0) {
    return FailErrno("get_robust_list");
  }
  if (self.robust == nullptr || size != sizeof(robust_list_head)) {
    return Fail(Errc::kSystem, "the C library registered no robust list");
  }
  self.tid = static_cast<std::uint32_t>(gettid());
  self.forks = forks.load(std::memory_order_relaxed);
  return {};
}

// Tells the kernel which lock to look at should this thread die now. The fences keep the compiler
// from moving the store past the change of the word; for the kernel the order of this thread's own
// instructions is all that matters.
void SetPending(FutexWord* word) {
  robust_list* entry = nullptr;
  if (word != nullptr) {
    entry =
        reinterpret_cast<robust_list*>(reinterpret_cast<char*>(word) - self.robust->futex_offset);
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::atomic_ref(self.robust->list_op_pending).store(entry, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

bool Take(FutexWord& word, std::uint32_t& seen, std::uint32_t wanted) {
  return word.compare_exchange_weak(seen, wanted, std::memory_order_acquire,
                                    std::memory_order_relaxed);
}

void LookForAWhile(const FutexWord& word, std::uint32_t& seen) {
  for (int i = 0; i < kLooksBeforeSleep && (seen & FUTEX_TID_MASK) != 0; ++i) {
    if (seen & FUTEX_WAITERS) return;  // others sleep already
    seen = word.load(std::memory_order_relaxed);
  }
}

// Sleeps until the holder may have gone, at most a slice.
Result<void> SleepASlice(const FutexWord& word, std::uint32_t seen, Deadline deadline) {
  const bool is_last = EndsWithin(deadline, kLockSlice);
  Result<void> woken = FutexWait(word, seen, is_last ? deadline : Deadline::After(kLockSlice));
  if (!woken && woken.error().code == Errc::kTimedOut && !is_last) return {};
  return woken;
}

// A holder that is not there did not die with the lock: the kernel takes a dying thread's id out of
// the word before it frees the id. So the word was scribbled on. getpgid(2) takes any thread's id.
bool IsScribbled(const FutexWord& word, std::uint32_t seen) {
  const auto holder = static_cast<pid_t>(seen & FUTEX_TID_MASK);
  return getpgid(holder) < 0 && errno == ESRCH && word.load(std::memory_order_relaxed) == seen;
}

// `seen` is the word as it was last read.
Result<Locked> LockSlowly(FutexWord& word, std::uint32_t seen, Deadline deadline) {
  std::uint32_t others = 0;  // FUTEX_WAITERS once we slept: others may have slept beside us
  LookForAWhile(word, seen);
  for (;;) {
    if ((seen & FUTEX_TID_MASK) == 0) {
      const std::uint32_t wanted = self.tid | (seen & FUTEX_WAITERS) | others;
      if (!Take(word, seen, wanted)) continue;
      return (seen & FUTEX_OWNER_DIED) ? Locked::kOrphaned : Locked::kClean;
    }
    if (deadline.is_now()) return Fail(Errc::kWouldBlock, "lock is held");
    if ((seen & FUTEX_TID_MASK) == self.tid) {
      return Fail(Errc::kCorrupt, "lock word holds the locker's own id");
    }
    if (!(seen & FUTEX_WAITERS)) {
      if (!Take(word, seen, seen | FUTEX_WAITERS)) continue;
      seen |= FUTEX_WAITERS;
    }
    if (IsScribbled(word, seen)) return Fail(Errc::kCorrupt, "lock held by a thread that is not");
    if (Result<void> slept = SleepASlice(word, seen, deadline); !slept) {
      return std::unexpected(slept.error());
    }
    others = FUTEX_WAITERS;
    seen = word.load(std::memory_order_relaxed);
  }
}

}  // namespace

Result<Locked> RobustLock(FutexWord& word, Deadline deadline) {
  if (self.forks != forks.load(std::memory_order_relaxed)) {
    if (Result<void> learnt = LearnSelf(); !learnt) return std::unexpected(learnt.error());
  }
  SetPending(&word);
  std::uint32_t seen = 0;
  if (Take(word, seen, self.tid)) return Locked::kClean;
  Result<Locked> locked = LockSlowly(word, seen, deadline);
  if (!locked) SetPending(nullptr);
  return locked;
}

void RobustUnlock(FutexWord& word) {
  // The pending lock stays named until the wake-up is sent: see the crash argument.
  if (word.exchange(0, std::memory_order_release) & FUTEX_WAITERS) FutexWake(word, 1);
  SetPending(nullptr);
}

}  // namespace ipc_hammer
