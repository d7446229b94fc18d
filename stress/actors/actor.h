// Actor: performs its operations of a program on its endpoint, in a thread or process of its own,
// verifies every byte it receives, and tells the flight recorder what it does.
//
// One thread. After its construction the hot loop allocates nothing, and makes no system call
// but those of the endpoint; it reads clocks only where whole histories are kept.
#ifndef IPC_HAMMER_STRESS_ACTORS_ACTOR_H_
#define IPC_HAMMER_STRESS_ACTORS_ACTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "properties/history/history.h"
#include "properties/program/program.h"
#include "stress/actors/closer.h"
#include "stress/actors/forker.h"
#include "stress/actors/idle_meter.h"
#include "stress/actors/inspector.h"
#include "stress/recorder/flight_recorder.h"
#include "transports/transport.h"

namespace ipc_hammer {

using Opener = std::function<Result<std::unique_ptr<Endpoint>>(Deadline)>;

// What every actor of a process shares.
struct Stage {
  const Program& program;
  const Traits& traits;
  FlightRecorder& recorder;
  bool own_process = true;  // a fault may kill the process without killing other actors
};

class Actor {
 public:
  // `reopen` makes a new endpoint of the same role, for kOpen.
  Actor(const Stage& stage, std::uint32_t index, std::unique_ptr<Endpoint> endpoint, Opener reopen);

  // Waits for the start line, performs every operation, and destroys the endpoint.
  void Run();

 private:
  struct Call {
    Action action;
    std::uint32_t operation_index;
    std::uint32_t timeout_us;
    const Fault* fault = nullptr;
    bool first = true;
    std::uint32_t closed_after_us = kNeverClosed;
  };

  void Perform(std::uint32_t index, const Operation& op);
  void PerformSend(std::uint32_t index, const Operation& op);
  void PerformReceive(std::uint32_t index, const Operation& op);
  void PerformDrain(std::uint32_t index, const Operation& op);
  void PerformRest(std::uint32_t index, const Operation& op);

  void WithChildren(void (Forker::*act)());
  void MayAskCloser(const Call& call);
  void AwaitCloser(std::uint32_t index);
  void AwaitPeersClosers();
  // Records the call around `perform`, which fills in the outcome. Deadlines begin in there: after
  // the recorded start, so that a call which ends on time is never taken for early.
  template <typename Perform>
  Outcome Record(const Call& call, const Outcome& known, Perform perform);

  void Send(std::span<std::byte> payload, std::uint32_t priority, Deadline deadline,
            Outcome& outcome);
  void Receive(std::span<std::byte> buffer, Deadline deadline, Outcome& outcome);
  void Enter(const Outcome& received);
  Outcome ReceiveSlice(std::uint32_t index, std::uint32_t timeout_us, bool first,
                       const Fault* fault);
  bool BlocksUntilEnd(const Operation& drain) const;
  std::uint32_t SliceOf(bool to_the_end, bool senders_done) const;
  bool SendersGone() const;
  bool SendersDone() const;
  bool MoreIsOnItsWay() const;
  void AwaitSenders();

  Stage stage_;
  std::uint32_t index_;
  std::unique_ptr<Endpoint> endpoint_;
  Opener reopen_;
  ActorSlot& slot_;
  EventRing ring_;
  Forker forker_;
  Closer closer_;
  IdleMeter idle_;
  Inspector inspector_;
  std::vector<std::byte> buffer_;
  bool keep_history_;
  Ledger* sent_;  // nullptr where the whole history is kept
  Ledger* received_;
  bool has_kills_ = false;
  std::uint32_t opened_ = 0;  // how many endpoints after the first
  std::uint64_t next_ = 0;    // sequence of the next message, or offset in the stream
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_ACTOR_H_
