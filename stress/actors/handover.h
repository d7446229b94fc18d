// Handover: before the channel that lasts, others come and go under its name, each with an owner of
// its own and with guests who stay when it ends.
//
// The creator's process forks the owners. An owner creates its channel while the one before ends,
// is joined by a guest of every other actor, and ends as the program's adversities say: it closes;
// it is killed; or it unlinks the name and closes a moment after the next one is open. The guests
// (guest.h) go on with what they have, beside their actor's work. What none of them may see: a
// message of another channel than its own, a name that is gone or taken although its owner lives
// or is dead, an end that is not told. They complain in the control block.
//
// Used by each stranger's process, from its thread, before it has an endpoint of the channel that
// lasts. The creator has no other thread then.
#ifndef IPC_HAMMER_STRESS_ACTORS_HANDOVER_H_
#define IPC_HAMMER_STRESS_ACTORS_HANDOVER_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "stress/process/child_process.h"
#include "stress/recorder/flight_recorder.h"
#include "transports/transport.h"

namespace ipc_hammer {

class Handover {
 public:
  Handover(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
           Deadline deadline);

  // The creator's part. Returns the channel that lasts, whose predecessor may still be ending.
  // Errors: those of the kind's functions; kTimedOut where the guests do not come.
  Result<std::unique_ptr<Channel>> Create();
  // Waits until all owners have ended: REQUIRES: the channel that lasts is open to others.
  void AwaitOwners();

 private:
  Result<std::unique_ptr<Channel>> Succeed(std::uint32_t owner);
  int BeOwner(std::uint32_t owner);
  int Own(std::uint32_t owner, std::unique_ptr<Channel> channel);
  bool AwaitGuests(std::uint32_t owner);
  bool IsGone(std::uint32_t owner);
  void End(std::uint32_t owner);
  void Enter(std::uint32_t owner, OwnerStage stage);
  OwnerStage StageOf(std::uint32_t owner) const;
  void JudgeEnd(std::uint32_t owner);

  const TransportKind& kind_;
  FlightRecorder& recorder_;
  const ChannelName name_;
  const Program program_;
  const std::uint32_t actor_;
  const Deadline deadline_;
  const pid_t creator_;
  std::vector<ChildProcess> owners_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_HANDOVER_H_
