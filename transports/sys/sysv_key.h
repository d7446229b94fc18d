// Names and owners of System V objects. Such an object has no name, only a number (key_t), and no
// owner who could be asked whether he still lives; this file gives a channel both.
//
// Key: 30 bits of a hash over the kind and the channel's text, never 0 (IPC_PRIVATE). Two names
// that meet in one key share one owner's right, so the second creator is told kExists and nothing
// is mixed up. An opener cannot tell: for one pair of names in a billion it opens the other one.
//
// Owner: a semaphore set of one semaphore, under the same key with bit 30 set, mode 0600. Its owner
// has raised the semaphore from 0 to 1 with SEM_UNDO, so the kernel lowers it when he dies, at
// whatever instant, and a value of 0 means that what is under the key is a dead process's leftover.
// A fresh set has the value 0 too: there is no moment at which it is half made. Like the objects
// themselves it is a thing of the IPC namespace: it is seen by exactly those who see them.
//
//   SysvOwner::Claim -> remove leftovers -> create the objects with IPC_EXCL -> ... ->
//   remove the objects by their ids -> SysvOwner::Release
//
// An id is used once, so removing by id never hits a successor's object.
//
// Processes: semaphore adjustments are not inherited by fork, so a child neither holds nor prolongs
// its parent's right. They do survive execve: a process that replaces itself keeps it.
// Threads: one at a time. Blocking: never.
// What a kill leaves: the set, which the next owner takes. One exception: where the kernel has no
// memory for the adjustment the right is taken without it for the moment in which the set is
// removed again; a kill there leaves the key owned until ipcrm.
// Sources: semop(2), semget(2), svipc(7), ipc/sem.c (exit_sem).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_SYSV_KEY_H_
#define IPC_HAMMER_TRANSPORTS_SYS_SYSV_KEY_H_

#include <sys/ipc.h>
#include <sys/types.h>

#include <string_view>
#include <utility>

#include "transports/error.h"

namespace ipc_hammer {

// The key of the objects of a channel `text` of the kind `kind`; positive, bit 30 clear.
key_t SysvKey(std::string_view kind, std::string_view text);

class SysvOwner {
 public:
  // Takes the right to create and to remove what is under SysvKey(kind, text).
  // Errors: kExists (a living process has it, or the key holds another kind of set), kPermission
  // (another user's set), kNoSpace, kSystem.
  static Result<SysvOwner> Claim(std::string_view kind, std::string_view text);

  SysvOwner(SysvOwner&& other) noexcept : set_(std::exchange(other.set_, -1)), pid_(other.pid_) {}
  SysvOwner& operator=(SysvOwner&&) = delete;
  ~SysvOwner() { Release(); }

  // True in the claiming process until Release(), or until someone removes the set behind our back.
  bool IsHeld() const;
  // In the claiming process gives the right up and removes the set. Idempotent.
  void Release();

 private:
  SysvOwner(int set, pid_t pid) : set_(set), pid_(pid) {}
  int set_;
  pid_t pid_;
};

// Whether the owner of a key may remove what he found under it, which was made by another process.
// Errors: kPermission (another user made it, or was given it).
Result<void> CheckSysvLeftover(const ipc_perm& perm);

// Whether a process that expects `mode` may use what it found under a key: unless that lets other
// users in, the object has to be ours. Errors: kPermission.
Result<void> CheckSysvOpened(const ipc_perm& perm, mode_t mode);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_SYSV_KEY_H_
