#include "transports/shared_memory/sysv/sysv_ring_objects.h"

#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ipc_hammer {
namespace {

constexpr int kAttemptsMax = 1000;

std::unexpected<Error> FailFind(const char* call) {
  const int saved = errno;
  // Removed in between, or the id is not known any more.
  if (saved == EIDRM || saved == EINVAL) return Fail(Errc::kNotFound, call, saved);
  return Fail(ErrcFromErrno(saved), call, saved);
}

Result<int> FindSegment(key_t key) {
  const int id = shmget(key, 0, 0);
  if (id < 0) return FailFind("shmget");
  return id;
}

Result<int> FindSet(key_t key) {
  const int id = semget(key, 0, 0);
  if (id < 0) return FailFind("semget");
  return id;
}

Result<ipc_perm> SegmentPerm(int id) {
  shmid_ds status{};
  if (shmctl(id, IPC_STAT, &status) != 0) return FailFind("shmctl");
  return status.shm_perm;
}

Result<semid_ds> SetStatus(int id) {
  semid_ds status{};
  union {
    int value;
    semid_ds* status;
  } argument{};
  argument.status = &status;
  if (semctl(id, 0, IPC_STAT, argument) != 0) return FailFind("semctl");
  return status;
}

// kNotFound when the set changed meanwhile.
Result<SysvRingIds> FindPair(key_t key) {
  const Result<int> set = FindSet(key);
  if (!set) return std::unexpected(set.error());
  const Result<int> segment = FindSegment(key);
  if (!segment) return std::unexpected(segment.error());
  const Result<int> again = FindSet(key);
  if (!again) return std::unexpected(again.error());
  if (*again != *set) return Fail(Errc::kWouldBlock, "the key changes hands");
  return SysvRingIds{.segment = *segment, .set = *set};
}

bool IsNothing(const Error& error) { return error.code == Errc::kNotFound; }

// True: there is something that may be removed.
template <typename T>
Result<bool> MayRemove(const Result<int>& id, const Result<T>& perm) {
  const Error* error = !id ? &id.error() : !perm ? &perm.error() : nullptr;
  if (error == nullptr) return true;
  if (IsNothing(*error)) return false;
  return std::unexpected(*error);
}

}  // namespace

Result<SysvRingIds> FindSysvRing(key_t key, mode_t mode) {
  Result<SysvRingIds> ids = FindPair(key);
  for (int i = 0; !ids && ids.error().code == Errc::kWouldBlock && i < kAttemptsMax; ++i) {
    ids = FindPair(key);
  }
  if (!ids) return ids;
  const Result<semid_ds> set = SetStatus(ids->set);
  if (!set) return std::unexpected(set.error());
  const Result<ipc_perm> segment = SegmentPerm(ids->segment);
  if (!segment) return std::unexpected(segment.error());
  Result<void> allowed = CheckSysvOpened(set->sem_perm, mode);
  if (allowed) allowed = CheckSysvOpened(*segment, mode);
  if (!allowed) return std::unexpected(allowed.error());
  if (set->sem_nsems != 1) return Fail(Errc::kCorrupt, "size of the semaphore set");
  return ids;
}

Result<void> RemoveSysvRingLeftover(key_t key) {
  const Result<int> set = FindSet(key);
  Result<ipc_perm> set_perm{};
  if (set) {
    const Result<semid_ds> status = SetStatus(*set);
    set_perm = status ? Result<ipc_perm>(status->sem_perm) : std::unexpected(status.error());
  }
  const Result<int> segment = FindSegment(key);
  const Result<ipc_perm> segment_perm = segment ? SegmentPerm(*segment) : Result<ipc_perm>{};

  const Result<bool> remove_set = MayRemove(set, set_perm);
  const Result<bool> remove_segment = MayRemove(segment, segment_perm);
  if (!remove_set) return std::unexpected(remove_set.error());
  if (!remove_segment) return std::unexpected(remove_segment.error());
  Result<void> allowed;
  if (*remove_set) allowed = CheckSysvLeftover(*set_perm);
  if (allowed && *remove_segment) allowed = CheckSysvLeftover(*segment_perm);
  if (!allowed) return allowed;
  if (!*remove_set && !*remove_segment) return Fail(Errc::kNotFound, "nothing under the key");
  if (*remove_set && semctl(*set, 0, IPC_RMID) != 0) return FailErrno("semctl(IPC_RMID)");
  if (*remove_segment && shmctl(*segment, IPC_RMID, nullptr) != 0) {
    return FailErrno("shmctl(IPC_RMID)");
  }
  return {};
}

SysvRingObjects::SysvRingObjects(SysvOwner owner) : owner_(std::move(owner)), pid_(getpid()) {}

SysvRingObjects::SysvRingObjects(SysvRingObjects&& other) noexcept
    : owner_(std::move(other.owner_)),
      ids_(std::exchange(other.ids_, SysvRingIds{})),
      pid_(other.pid_) {}

SysvRingObjects::~SysvRingObjects() {
  if (pid_ != getpid()) return;
  if (ids_.set >= 0) semctl(ids_.set, 0, IPC_RMID);
  if (ids_.segment >= 0) shmctl(ids_.segment, IPC_RMID, nullptr);
}

Result<void> SysvRingObjects::MakeSegment(key_t key, std::size_t size_bytes, mode_t mode) {
  ids_.segment = shmget(key, size_bytes, IPC_CREAT | IPC_EXCL | static_cast<int>(mode));
  if (ids_.segment >= 0) return {};
  if (errno == EINVAL) return Fail(Errc::kTooLarge, "shmget", errno);
  return FailErrno("shmget");
}

Result<void> SysvRingObjects::MakeSet(key_t key, mode_t mode) {
  ids_.set = semget(key, 1, IPC_CREAT | IPC_EXCL | static_cast<int>(mode));
  if (ids_.set >= 0) return {};
  return FailErrno("semget");
}

Result<void> SysvRingObjects::Remove() {
  if (pid_ != getpid()) return Fail(Errc::kPermission, "only the creator removes the objects");
  return {};
}

}  // namespace ipc_hammer
