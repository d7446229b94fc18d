// SysvTokenSet: the System V set of sem_sysv.h, as a store of tokens. It does not own the set: the
// channel's creator removes it by its id.
//
// Threads: any. Errors of all: kPeerClosed when the set was removed, kCorrupt when its values are
// impossible.
// Sources: semop(2), semctl(2).
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_SYSV_TOKEN_SET_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_SYSV_TOKEN_SET_H_

#include <sys/types.h>

#include <memory>

#include "transports/semaphore/token_endpoint.h"

namespace ipc_hammer {

// SEMVMX of <linux/sem.h>, which cannot be included beside <sys/sem.h>.
inline constexpr std::size_t kSysvTokensMax = 32767;

class SysvTokenSet : public TokenStore {
 public:
  // A new set under a key that has none; removed again if it cannot be made ready.
  // Errors: kExists, kNoSpace, kSystem.
  static Result<std::shared_ptr<SysvTokenSet>> Make(key_t key, std::size_t capacity, mode_t mode);

  // The set under a key, once it is ready. `mode` is what the opener expects: see sysv_key.h.
  // Errors: kNotFound, kPermission, kCorrupt (another kind of set), kWouldBlock, kTimedOut,
  // kSystem.
  static Result<std::shared_ptr<SysvTokenSet>> Open(key_t key, mode_t mode, Deadline deadline);

  explicit SysvTokenSet(int id) : id_(id) {}

  Result<void> Put(Deadline deadline) override;
  Result<void> Take(Deadline deadline) override;

  // Removes the set for everybody; success if it is gone. Errors: kPermission, kSystem.
  Result<void> Remove();

 private:
  const int id_;
};

// Removes what a dead process left under a key.
// Errors: kNotFound (nothing there), kPermission (another user's), kSystem.
// REQUIRES: the caller owns the key.
Result<void> RemoveSysvLeftoverSet(key_t key);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_SYSV_TOKEN_SET_H_
