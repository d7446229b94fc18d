// The forker: the process of an actor forks beside its work, as its program's adversities say, and
// each child has copies of everything: some exit at once, some exec another program, some linger
// for a moment. None of them touches what it has inherited, so whatever changes for the actor or
// its peers is the transport's doing.
//
// Used by one actor, from its thread. Children die with their parent (PDEATHSIG) and are reaped by
// AwaitChildren(), which has to come before anything is closed: a descriptor is closed for its peer
// only when its last copy is.
#ifndef IPC_HAMMER_STRESS_ACTORS_FORKER_H_
#define IPC_HAMMER_STRESS_ACTORS_FORKER_H_

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "properties/program/adversities.h"

namespace ipc_hammer {

class Forker {
 public:
  explicit Forker(const Adversities& adversities) : every_us_(adversities.fork_us) {}
  Forker(const Forker&) = delete;
  Forker& operator=(const Forker&) = delete;
  ~Forker() { AwaitChildren(); }

  // Forks a child if it is time for one.
  void MayFork() {
    if (every_us_ != 0) ForkIfItIsTime();
  }
  void AwaitChildren();

 private:
  static constexpr std::size_t kChildrenMax = 8;

  void ForkIfItIsTime();

  std::uint32_t every_us_;
  std::uint32_t forks_ = 0;
  std::int64_t next_at_us_ = 0;
  std::array<pid_t, kChildrenMax> children_{};
  std::size_t alive_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_FORKER_H_
