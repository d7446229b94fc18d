// RingLock: what a MessageRing asks of the lock that guards it, whichever mechanism that is.
//
// A holder that dies lets go of it, at whatever instant, and the next one is told so.
// Threads: any; a thread holds at most one.
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_LOCK_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_LOCK_H_

#include <functional>
#include <memory>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/sys/futex.h"
#include "transports/sys/robust_lock.h"

namespace ipc_hammer {

class RingLock {
 public:
  virtual ~RingLock() = default;
  RingLock(const RingLock&) = delete;
  RingLock& operator=(const RingLock&) = delete;

  // Errors: kWouldBlock, kTimedOut, kCorrupt, kNoSpace, kSystem.
  virtual Result<Locked> Acquire(Deadline deadline) = 0;
  // REQUIRES: this thread holds the lock.
  virtual void Release() = 0;

 protected:
  RingLock() = default;
};

// Makes this process's handle on the lock of one ring. The word is shared by all who use the ring,
// is 0 in a fresh one, and belongs to the lock alone.
using RingLockMaker = std::function<std::unique_ptr<RingLock>(FutexWord&)>;

// The lock of robust_lock.h.
inline std::unique_ptr<RingLock> MakeRobustRingLock(FutexWord& word) {
  class RobustRingLock : public RingLock {
   public:
    explicit RobustRingLock(FutexWord& lock) : lock_(lock) {}
    Result<Locked> Acquire(Deadline deadline) override { return RobustLock(lock_, deadline); }
    void Release() override { RobustUnlock(lock_); }

   private:
    FutexWord& lock_;
  };
  return std::make_unique<RobustRingLock>(word);
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_LOCK_H_
