// Preemption: while it lives, its thread rests again and again between two of its own instructions,
// wherever it happens to be: with a lock held, with a message half copied, between a look at a
// shared word and what follows from it. A scheduler does the same, but seldom.
//
// A timer of the thread's own interrupts it, and the handler sleeps. Whatever of the kernel's calls
// goes on after a handler goes on (SA_RESTART); others say EINTR (signal(7)).
//
// Used by the thread that made it. One at a time in a thread. The handler stays installed.
// Under ThreadSanitizer the rests are between calls: it delivers signals late.
// Source: timer_create(2), SIGEV_THREAD_ID.
#ifndef IPC_HAMMER_STRESS_ACTORS_PREEMPTION_H_
#define IPC_HAMMER_STRESS_ACTORS_PREEMPTION_H_

#include <time.h>

#include <cstdint>
#include <random>

namespace ipc_hammer {

class Preemption {
 public:
  // Rests of up to `longest_us`, none if that is 0; how long and when follows from the seed.
  Preemption(std::uint32_t longest_us, std::uint64_t seed);
  ~Preemption();
  Preemption(const Preemption&) = delete;
  Preemption& operator=(const Preemption&) = delete;

 private:
  static void Handle(int signal);
  timespec UpTo(std::uint32_t most_us);
  void RestLater();

  const std::uint32_t longest_us_;
  std::minstd_rand random_;
  bool is_on_ = false;
  timer_t timer_{};
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_PREEMPTION_H_
