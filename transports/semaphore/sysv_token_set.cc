#include "transports/semaphore/sysv_token_set.h"

#include <sys/sem.h>
#include <sys/stat.h>

#include <cerrno>
#include <span>

#include "transports/sys/sysv_key.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define IPC_HAMMER_TSAN 1
#endif
#endif

namespace ipc_hammer {
namespace {

enum : unsigned short { kTokens, kRoom, kMagic, kSemaphores };
constexpr short kMagicNumber = 0x6970;  // "ip"

// semctl(2) has its callers declare it.
union SemctlArgument {
  int value;
  semid_ds* status;
};

std::unexpected<Error> FailSemaphore(const char* call) {
  switch (errno) {
    case EIDRM:
    case EINVAL:  // of an id that was removed before the call
      return Fail(Errc::kPeerClosed, call, errno);
    case ERANGE:  // above SEMVMX: nobody who keeps to the format gets there
      return Fail(Errc::kCorrupt, call, errno);
    default:
      return FailErrno(call);
  }
}

// All of `changes` or nothing. Errors: kWouldBlock, kTimedOut, kPeerClosed, kCorrupt, kNoSpace,
// kPermission.
template <std::size_t kCount>
Result<void> Change(int id, sembuf (&changes)[kCount], Deadline deadline) {
  for (sembuf& change : changes) {
    change.sem_flg = deadline.is_now() ? static_cast<short>(IPC_NOWAIT) : short{0};
  }
  for (;;) {
    timespec left{};
    if (!deadline.is_never()) left = deadline.Remaining();
    if (semtimedop(id, changes, kCount, deadline.is_never() ? nullptr : &left) == 0) return {};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return FailSemaphore("semtimedop");
    if (deadline.HasPassed()) return Fail(deadline.expired(), "semtimedop", EAGAIN);
  }
}

Result<semid_ds> StatusOf(int id) {
  semid_ds status{};
  if (semctl(id, 0, IPC_STAT, SemctlArgument{.status = &status}) != 0) {
    return FailSemaphore("semctl(IPC_STAT)");
  }
  return status;
}

Result<void> RemoveSet(int id) {
  if (semctl(id, 0, IPC_RMID) == 0 || errno == EIDRM || errno == EINVAL) return {};
  return FailErrno("semctl(IPC_RMID)");
}

// Success: a set of ours, ready or not yet. A set that was never changed is not ready: its time of
// change is 0, and all its values are.
Result<void> CheckFormat(int id, mode_t mode) {
  const Result<semid_ds> status = StatusOf(id);
  if (!status) return std::unexpected(status.error());
  if (Result<void> ours = CheckSysvOpened(status->sem_perm, mode); !ours) return ours;
  if (status->sem_nsems != kSemaphores) return Fail(Errc::kCorrupt, "size of the semaphore set");
  if (status->sem_otime == 0) return {};
  const int magic = semctl(id, kMagic, GETVAL);
  if (magic < 0) return FailSemaphore("semctl(GETVAL)");
  if (magic != kMagicNumber) return Fail(Errc::kCorrupt, "magic of the semaphore set");
  return {};
}

}  // namespace

Result<std::shared_ptr<SysvTokenSet>> SysvTokenSet::Make(key_t key, std::size_t capacity,
                                                         mode_t mode) {
  const int id = semget(key, kSemaphores, IPC_CREAT | IPC_EXCL | static_cast<int>(mode));
  if (id < 0) return FailErrno("semget");
  sembuf made_ready[] = {
      {.sem_num = kRoom, .sem_op = static_cast<short>(capacity), .sem_flg = 0},
      {.sem_num = kMagic, .sem_op = kMagicNumber, .sem_flg = 0},
  };
  if (Result<void> made = Change(id, made_ready, Deadline::Now()); !made) {
    (void)RemoveSet(id);
    return std::unexpected(made.error());
  }
  return std::make_shared<SysvTokenSet>(id);
}

Result<std::shared_ptr<SysvTokenSet>> SysvTokenSet::Open(key_t key, mode_t mode,
                                                         Deadline deadline) {
  const int id = semget(key, 0, S_IRUSR | S_IWUSR);
  if (id < 0) return FailErrno("semget");
  Result<void> usable = CheckFormat(id, mode);
  // Both at once: waits until the magic number is there and leaves it as it is.
  sembuf is_ready[] = {
      {.sem_num = kMagic, .sem_op = -kMagicNumber, .sem_flg = 0},
      {.sem_num = kMagic, .sem_op = kMagicNumber, .sem_flg = 0},
  };
  if (usable) usable = Change(id, is_ready, deadline);
  if (usable) return std::make_shared<SysvTokenSet>(id);
  if (usable.error().code == Errc::kPeerClosed) {  // removed since we found it
    return Fail(Errc::kNotFound, usable.error().call, usable.error().sys_errno);
  }
  return std::unexpected(usable.error());
}

Result<void> SysvTokenSet::Put(Deadline deadline) {
#ifdef IPC_HAMMER_TSAN
  __tsan_release(this);  // it does not know that a semop of one thread comes before another's
#endif
  sembuf put[] = {{.sem_num = kRoom, .sem_op = -1, .sem_flg = 0},
                  {.sem_num = kTokens, .sem_op = 1, .sem_flg = 0}};
  return Change(id_, put, deadline);
}

Result<void> SysvTokenSet::Take(Deadline deadline) {
  sembuf take[] = {{.sem_num = kTokens, .sem_op = -1, .sem_flg = 0},
                   {.sem_num = kRoom, .sem_op = 1, .sem_flg = 0}};
  Result<void> taken = Change(id_, take, deadline);
#ifdef IPC_HAMMER_TSAN
  if (taken) __tsan_acquire(this);
#endif
  return taken;
}

Result<void> SysvTokenSet::Remove() { return RemoveSet(id_); }

Result<void> RemoveSysvLeftoverSet(key_t key) {
  const int id = semget(key, 0, 0);
  if (id < 0) return FailErrno("semget");
  // Where the mode forbids its owner to look, the kernel still lets him remove it, and nobody else.
  const Result<semid_ds> status = StatusOf(id);
  Result<void> removable;
  if (status) {
    removable = CheckSysvLeftover(status->sem_perm);
  } else if (status.error().code != Errc::kPermission) {
    removable = std::unexpected(status.error());
  }
  if (!removable) return removable;
  return RemoveSet(id);
}

}  // namespace ipc_hammer
