// The adversary: while a program's actors race, it stops their processes, one after another, and
// sends them signals, as the program's adversities say. What needs the actor's own process is done
// there (ordeal.h).
//
// Used by one run, from its thread. Which process comes next follows from the program's seed; when,
// from the clock. Whatever ends the run, LetGo() comes before anything waits for an actor.
#ifndef IPC_HAMMER_STRESS_RUNNER_ADVERSARY_H_
#define IPC_HAMMER_STRESS_RUNNER_ADVERSARY_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <span>

#include "properties/program/program.h"
#include "stress/process/child_process.h"

namespace ipc_hammer {

// An actor that still performs. Several can be threads of one process.
struct Victim {
  ChildProcess* process;
  pid_t thread;
};

class Adversary {
 public:
  explicit Adversary(const Program& program);

  // How soon it wants to be called again; zero: it never acts.
  std::chrono::microseconds every() const { return every_; }

  // REQUIRES: the processes live until LetGo().
  void Act(std::int64_t now_ns, std::span<const Victim> victims);

  // Nobody stays stopped.
  void LetGo();

 private:
  void Stop(std::int64_t now_ns, std::span<const Victim> victims);
  void Signal(std::int64_t now_ns, std::span<const Victim> victims);

  Adversities adversities_;
  std::chrono::microseconds every_;
  std::minstd_rand random_;
  ChildProcess* stopped_ = nullptr;
  std::int64_t stop_changes_at_ns_ = 0;
  std::int64_t signalled_at_ns_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RUNNER_ADVERSARY_H_
