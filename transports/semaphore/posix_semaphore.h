// PosixSemaphore: a sem_t as a store of tokens; sem_posix and sem_unnamed say where it lies.
//
// Capacity: SEM_VALUE_MAX tokens; one more is too_large. Put never blocks.
// Kills: glibc's sem_post adds the token and then wakes; killed between the two it leaves waiters
// asleep with a token there, and so does a waiter killed after it was woken. Whoever waits has to
// look again (token_endpoint.h): a kill delays the others by no more than a slice. A token that a
// killed consumer had taken is a message that was in flight; nothing gives it back.
// Threads: any. Sources: sem_overview(7), sem_clockwait(3).
#ifndef IPC_HAMMER_TRANSPORTS_SEMAPHORE_POSIX_SEMAPHORE_H_
#define IPC_HAMMER_TRANSPORTS_SEMAPHORE_POSIX_SEMAPHORE_H_

#include <semaphore.h>

#include <cstdint>
#include <limits>

#include "transports/semaphore/token_endpoint.h"
#include "transports/traits.h"

namespace ipc_hammer {

// Of both kinds, but for the reach: a semaphore with a name lasts as long as the name.
constexpr Traits PosixSemaphoreTraits(Reach reach) {
  return {
      .shape = Shape::kTokens,
      .reach = reach,
      .order = Order::kFifo,
      .producers_max = std::numeric_limits<std::uint32_t>::max(),
      .consumers_max = std::numeric_limits<std::uint32_t>::max(),
      .reopens_producer = true,
      .reopens_consumer = true,
      .end_of_file = EndOfFile::kNever,
      .close_wakes = false,
      .floor_messages = SEM_VALUE_MAX,
      .floor_bytes = 1,  // tokens have none
      .survives_kill = true,
      .keeps_queued = true,
      .persistence = reach == Reach::kStrangers ? Persistence::kKernel : Persistence::kProcess,
      .mechanism = MechanismFamily::kSemaphore,
  };
}

class PosixSemaphore : public TokenStore {
 public:
  Result<void> Put(Deadline deadline) override;
  Result<void> Take(Deadline deadline) override;

 protected:
  explicit PosixSemaphore(sem_t* sem) : sem_(sem) {}
  sem_t* sem() const { return sem_; }

 private:
  Result<void> TryWait();
  Result<void> Wait(Deadline deadline);

  sem_t* sem_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SEMAPHORE_POSIX_SEMAPHORE_H_
