// The two System V objects of shm_sysv, which share one key: a segment with the ring, and a set of
// one semaphore, its lock.
//
// The segment is made and filled first. The set is made last and removed first, and is complete
// when it is made, so it is what makes the ring visible: an opener who finds the same set before
// and after he looked for the segment has found the segment that belongs to it.
//
// Threads: one at a time. Blocking: never. Sources: shmget(2), shmctl(2), semget(2), semctl(2).
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SYSV_RING_OBJECTS_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SYSV_RING_OBJECTS_H_

#include <sys/types.h>

#include <cstddef>

#include "transports/error.h"
#include "transports/sys/sysv_key.h"

namespace ipc_hammer {

struct SysvRingIds {
  int segment = -1;
  int set = -1;
};

// What is there under a key, for a process that expects `mode`.
// Errors: kNotFound, kPermission, kCorrupt (a set of another size), kSystem.
Result<SysvRingIds> FindSysvRing(key_t key, mode_t mode);

// Removes what a dead process left under a key. REQUIRES: the caller owns the key.
// Errors: kNotFound (nothing there), kPermission (another user's; nothing is removed), kSystem.
Result<void> RemoveSysvRingLeftover(key_t key);

// Makes and owns both objects; in the process that made them its end removes them, by their ids.
class SysvRingObjects {
 public:
  explicit SysvRingObjects(SysvOwner owner);
  SysvRingObjects(SysvRingObjects&& other) noexcept;
  SysvRingObjects& operator=(SysvRingObjects&&) = delete;
  ~SysvRingObjects();

  // Both with exactly `mode`. Errors: kExists (somebody who does not ask for the key's owner was
  // faster), kTooLarge (kernel.shmmax), kNoSpace, kSystem. REQUIRES: nothing is under the key.
  Result<void> MakeSegment(key_t key, std::size_t size_bytes, mode_t mode);
  Result<void> MakeSet(key_t key, mode_t mode);

  int segment() const { return ids_.segment; }
  int set() const { return ids_.set; }

  // For RingChannel. A System V object and its key are one: as long as the channel is used it has
  // its name, and Remove() leaves both to the end. Errors: kPermission (not the process that made
  // them).
  Result<void> Remove();
  void DropInChild() {}  // a child holds nothing

 private:
  SysvOwner owner_;  // given up last
  SysvRingIds ids_;
  pid_t pid_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_SYSV_SYSV_RING_OBJECTS_H_
