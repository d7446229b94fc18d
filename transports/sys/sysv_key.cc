#include "transports/sys/sysv_key.h"

#include <sys/sem.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace ipc_hammer {
namespace {

constexpr key_t kOwnerBit = 1 << 30;
constexpr std::uint64_t kHashMask = (1 << 30) - 1;
constexpr int kOwnerMode = 0600;
// Each retry means that another process finished with the key in between.
constexpr int kAttemptsMax = 1000;

// FNV-1a. A kind's name holds no '/', so no two pairs give one text.
void Mix(std::uint64_t& hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

bool WasRemoved(int error) { return error == EIDRM || error == EINVAL || error == ENOENT; }

struct Set {
  int id;
  bool is_new;
};

Result<Set> FindOrMake(key_t key) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    int id = semget(key, 1, IPC_CREAT | IPC_EXCL | kOwnerMode);
    if (id >= 0) return Set{id, true};
    if (errno != EEXIST) return FailErrno("semget");
    id = semget(key, 0, 0);
    if (id >= 0) return Set{id, false};
    if (!WasRemoved(errno)) return FailErrno("semget");
  }
  return Fail(Errc::kExists, "semaphore set changes hands too often");
}

// Errors: kNotFound when the set is gone.
Result<void> CheckIsOurs(int set) {
  semid_ds status{};
  union {
    int value;
    semid_ds* status;
  } argument{};
  argument.status = &status;
  if (semctl(set, 0, IPC_STAT, argument) != 0) {
    return WasRemoved(errno) ? Fail(Errc::kNotFound, "semctl", errno) : FailErrno("semctl");
  }
  if (status.sem_perm.uid != geteuid()) {
    return Fail(Errc::kPermission, "the key's semaphore set is another user's");
  }
  if (status.sem_nsems != 1) return Fail(Errc::kExists, "the key's semaphore set is no owner's");
  return {};
}

// Errors: kNotFound when the set is gone.
Result<void> Raise(int set, short undo) {
  sembuf from_zero_to_one[] = {
      {.sem_num = 0, .sem_op = 0, .sem_flg = IPC_NOWAIT},
      {.sem_num = 0, .sem_op = 1, .sem_flg = static_cast<short>(IPC_NOWAIT | undo)}};
  int result = -1;
  do {
    result = semop(set, from_zero_to_one, 2);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  if (errno == EAGAIN) return Fail(Errc::kExists, "semop", errno);
  return WasRemoved(errno) ? Fail(Errc::kNotFound, "semop", errno) : FailErrno("semop");
}

}  // namespace

key_t SysvKey(std::string_view kind, std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  Mix(hash, kind);
  Mix(hash, "/");
  Mix(hash, text);
  const auto key = static_cast<key_t>((hash ^ hash >> 30) & kHashMask);
  return key == IPC_PRIVATE ? 1 : key;
}

Result<SysvOwner> SysvOwner::Claim(std::string_view kind, std::string_view text) {
  const key_t key = SysvKey(kind, text) | kOwnerBit;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const Result<Set> set = FindOrMake(key);
    if (!set) return std::unexpected(set.error());
    Result<void> held = CheckIsOurs(set->id);
    if (held) held = Raise(set->id, SEM_UNDO);
    if (held) return SysvOwner(set->id, getpid());
    if (held.error().code == Errc::kNotFound) continue;
    // Nothing of ours is left behind. Another may have found the new set meanwhile: it is removed
    // only by who has the right.
    if (set->is_new && Raise(set->id, 0)) semctl(set->id, 0, IPC_RMID);
    return std::unexpected(held.error());
  }
  return Fail(Errc::kExists, "semaphore set changes hands too often");
}

bool SysvOwner::IsHeld() const {
  return set_ >= 0 && pid_ == getpid() && semctl(set_, 0, GETVAL) == 1;
}

void SysvOwner::Release() {
  if (set_ >= 0 && pid_ == getpid()) semctl(set_, 0, IPC_RMID);
  set_ = -1;
}

Result<void> CheckSysvLeftover(const ipc_perm& perm) {
  if (perm.uid == geteuid() && perm.cuid == geteuid()) return {};
  return Fail(Errc::kPermission, "the key's object is another user's");
}

Result<void> CheckSysvOpened(const ipc_perm& perm, mode_t mode) {
  if ((mode & 077) != 0 || perm.uid == geteuid()) return {};
  return Fail(Errc::kPermission, "the object is another user's");
}

}  // namespace ipc_hammer
