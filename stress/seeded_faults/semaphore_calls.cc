// Semaphores: sem_overview(7), semop(2).
//
// A wait that does not exclude is one that would have to wait, and is told that it need not. Those
// that find the semaphore free are left alone: they exclude nobody.
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <vector>

#include "stress/seeded_faults/fault.h"
#include "stress/seeded_faults/original.h"

namespace ipc_hammer::seeded {
namespace {

bool IsChosenPosix(Effect effect) { return IsChosen(Mechanism::kSemPosix, effect); }
bool IsChosenSysv(Effect effect) { return IsChosen(Mechanism::kSemSysv, effect); }

// The wait is over without having waited. False: it goes on as usual, and nothing has happened.
bool IsLetIn(sem_t* semaphore) {
  IPC_HAMMER_ORIGINAL(sem_trywait);
  if (!IsChosenPosix(Effect::kLock)) return false;
  if (original(semaphore) == 0) return true;
  return errno == EAGAIN && Fires();
}

using Changes = std::span<const sembuf>;

// To raise by one is a post; more at once is how a set is filled when it is made. What waits for
// zero first takes the set, as a lock.
bool IsPost(const sembuf& change) { return change.sem_op == 1; }
bool HoldsPost(Changes changes) {
  return std::ranges::any_of(changes, IsPost) &&
         std::ranges::none_of(changes, [](const sembuf& change) { return change.sem_op == 0; });
}

std::vector<sembuf> WithoutPosts(Changes changes) {
  std::vector<sembuf> rest;
  std::ranges::remove_copy_if(changes, std::back_inserter(rest), IsPost);
  return rest;
}

std::vector<sembuf> WithPostsTwice(Changes changes) {
  std::vector<sembuf> more(changes.begin(), changes.end());
  for (sembuf& change : more) change.sem_op = IsPost(change) ? short{2} : change.sem_op;
  return more;
}

std::vector<sembuf> WithoutWaiting(Changes changes) {
  std::vector<sembuf> now(changes.begin(), changes.end());
  for (sembuf& change : now) change.sem_flg = static_cast<short>(change.sem_flg | IPC_NOWAIT);
  return now;
}

// `perform` is the call itself, with the changes that it is given.
template <typename Perform>
int Post(Changes changes, Perform perform) {
  if (!HoldsPost(changes) || !Fires()) return perform(changes);
  const std::vector<sembuf> spoilt =
      ChosenEffect() == Effect::kPostLost ? WithoutPosts(changes) : WithPostsTwice(changes);
  if (spoilt.empty()) return 0;
  const int result = perform(spoilt);
  if (result != 0) DidNotFire();
  return result;
}

template <typename Perform>
int SpoiltSemop(Changes changes, Perform perform) {
  if (IsChosenSysv(Effect::kPostLost) || IsChosenSysv(Effect::kPostDoubled)) {
    return Post(changes, perform);
  }
  if (!IsChosenSysv(Effect::kLock)) return perform(changes);
  if (perform(WithoutWaiting(changes)) == 0) return 0;
  if (errno == EAGAIN && Fires()) return 0;
  return perform(changes);
}

}  // namespace
}  // namespace ipc_hammer::seeded

using namespace ipc_hammer::seeded;

extern "C" int sem_post(sem_t* semaphore) noexcept {
  IPC_HAMMER_ORIGINAL(sem_post);
  if (IsChosenPosix(Effect::kPostLost) && Fires()) return 0;
  const int result = original(semaphore);
  if (IsChosenPosix(Effect::kPostDoubled) && result == 0 && Fires()) original(semaphore);
  return result;
}

extern "C" int sem_wait(sem_t* semaphore) {
  IPC_HAMMER_ORIGINAL(sem_wait);
  return IsLetIn(semaphore) ? 0 : original(semaphore);
}

extern "C" int sem_trywait(sem_t* semaphore) noexcept {
  IPC_HAMMER_ORIGINAL(sem_trywait);
  return IsLetIn(semaphore) ? 0 : original(semaphore);
}

extern "C" int sem_timedwait(sem_t* semaphore, const timespec* until) {
  IPC_HAMMER_ORIGINAL(sem_timedwait);
  return IsLetIn(semaphore) ? 0 : original(semaphore, until);
}

extern "C" int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  IPC_HAMMER_ORIGINAL(sem_clockwait);
  return IsLetIn(semaphore) ? 0 : original(semaphore, clock, until);
}

extern "C" int semop(int id, sembuf* changes, size_t count) noexcept {
  IPC_HAMMER_ORIGINAL(semop);
  return SpoiltSemop({changes, count}, [&](Changes some) {
    return original(id, const_cast<sembuf*>(some.data()), some.size());
  });
}

extern "C" int semtimedop(int id, sembuf* changes, size_t count, const timespec* timeout) noexcept {
  IPC_HAMMER_ORIGINAL(semtimedop);
  return SpoiltSemop({changes, count}, [&](Changes some) {
    return original(id, const_cast<sembuf*>(some.data()), some.size(), timeout);
  });
}
