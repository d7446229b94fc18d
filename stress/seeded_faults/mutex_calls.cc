// Mutexes that processes share: pthread_mutexattr_setpshared(3).
//
// A lock that does not exclude lets a thread in although another holds the mutex. The thread's
// unlock must then be nothing as well, or it would be the other's.
#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "stress/seeded_faults/fault.h"
#include "stress/seeded_faults/original.h"

namespace ipc_hammer::seeded {
namespace {

constexpr int kSharedBit = 128;          // PTHREAD_MUTEX_PSHARED_BIT of glibc
constexpr std::size_t kLetInAtOnce = 8;  // more than anybody nests

// What this thread believes to hold.
thread_local std::array<pthread_mutex_t*, kLetInAtOnce> let_in{};

bool TakeOff(pthread_mutex_t* mutex) {
  const auto found = std::ranges::find(let_in, mutex);
  if (found == let_in.end()) return false;
  *found = nullptr;
  return true;
}

bool PutOn(pthread_mutex_t* mutex) {
  const auto free = std::ranges::find(let_in, nullptr);
  if (free == let_in.end()) return false;
  *free = mutex;
  return true;
}

bool IsMatching(const pthread_mutex_t* mutex) {
  return IsChosen(Mechanism::kMutex, Effect::kLock) && (mutex->__data.__kind & kSharedBit) != 0;
}

// `lock` is the call itself.
template <typename Lock>
int SpoiltLock(pthread_mutex_t* mutex, Lock lock) {
  IPC_HAMMER_ORIGINAL(pthread_mutex_trylock);
  if (!IsMatching(mutex)) return lock();
  const int result = original(mutex);
  if (result != EBUSY) return result;
  if (!Fires()) return lock();
  if (PutOn(mutex)) return 0;
  DidNotFire();
  return lock();
}

// A condition gives the mutex up and takes it again: from here on it is held as it should be.
void HoldForCondition(pthread_mutex_t* mutex) {
  IPC_HAMMER_ORIGINAL(pthread_mutex_lock);
  if (TakeOff(mutex)) original(mutex);
}

}  // namespace
}  // namespace ipc_hammer::seeded

using namespace ipc_hammer::seeded;

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  IPC_HAMMER_ORIGINAL(pthread_mutex_lock);
  return SpoiltLock(mutex, [&] { return original(mutex); });
}

extern "C" int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  IPC_HAMMER_ORIGINAL(pthread_mutex_trylock);
  return SpoiltLock(mutex, [&] { return original(mutex); });
}

extern "C" int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  IPC_HAMMER_ORIGINAL(pthread_mutex_timedlock);
  return SpoiltLock(mutex, [&] { return original(mutex, until); });
}

extern "C" int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  IPC_HAMMER_ORIGINAL(pthread_mutex_unlock);
  if (IsMatching(mutex) && TakeOff(mutex)) return 0;
  return original(mutex);
}

extern "C" int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  IPC_HAMMER_ORIGINAL(pthread_cond_wait);
  HoldForCondition(mutex);
  return original(condition, mutex);
}

extern "C" int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                      const timespec* until) {
  IPC_HAMMER_ORIGINAL(pthread_cond_timedwait);
  HoldForCondition(mutex);
  return original(condition, mutex, until);
}
