// The flight recorder: memory that a run's processes share and that outlives each of them. It holds
// the program, where each actor stands, and for each actor a ring of events and two ledgers (of
// what it sent and what it received), so that what a killed actor did, and what it was doing, is
// still there. Where the rings keep the whole history there are no ledgers.
//
// Ownership: the object owns its mapping and its memfd; the memory is gone with the last process
// that has it. Move-only.
// Processes: the runner Create()s it; forked actors use the inherited mapping; exec'ed ones Open()
// the descriptor they were given. One thread writes each actor's slot and ring.
// Errors: kNoSpace (memory, descriptors), kCorrupt (Open: not such a memory), kSystem.
// Sources: memfd_create(2), mmap(2).
#ifndef IPC_HAMMER_STRESS_RECORDER_FLIGHT_RECORDER_H_
#define IPC_HAMMER_STRESS_RECORDER_FLIGHT_RECORDER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "properties/checkers/ledger.h"
#include "properties/history/history.h"
#include "properties/program/program.h"
#include "stress/recorder/control_block.h"
#include "stress/recorder/event_ring.h"
#include "transports/error.h"
#include "transports/sys/file_descriptor.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct RecorderOptions {
  ChannelName name;
  std::uint32_t ring_events = 1024;
  std::uint32_t creator = ControlBlock::kRunnerCreates;
  bool keep_history = true;
};

class FlightRecorder {
 public:
  static Result<FlightRecorder> Create(const Program& program, const RecorderOptions& options);
  static Result<FlightRecorder> Open(FileDescriptor file);
  ~FlightRecorder();
  FlightRecorder(FlightRecorder&& other) noexcept;
  FlightRecorder& operator=(FlightRecorder&&) = delete;

  ControlBlock& control() const { return *control_; }
  ActorSlot& slot(std::uint32_t actor) const { return slots_[actor]; }
  EventRing ring(std::uint32_t actor) const { return {RingMemory(actor), slots_[actor]}; }
  // REQUIRES: !control().keep_history.
  Ledger& sent(std::uint32_t actor) const { return ledgers_[2 * actor]; }
  Ledger& received(std::uint32_t actor) const { return ledgers_[2 * actor + 1]; }
  int fd() const { return file_.get(); }
  std::uint32_t actors() const { return control_->producers + control_->consumers; }

  // The program and the name as they were given to Create().
  Program program() const;
  ChannelName name() const;

  // The actor's events that are still in its ring, in the order of their starts.
  History Events(std::uint32_t actor) const;
  // All actors' events by start time; ties in the order of the actors.
  History AllEvents() const;
  // False: an actor wrote more events than its ring has room for.
  bool IsComplete() const;

  // Moves on to `phase` and wakes who waits for it.
  void Enter(Phase phase);
  // Blocks until the run is at least in `phase`. False: the deadline passed.
  bool AwaitPhase(Phase phase, Deadline deadline) const;

  // For actors: something the runner waits for has happened.
  void RingDoorbell();
  // For the runner: blocks until it is rung after the last call, or until the deadline.
  void AwaitDoorbell(Deadline deadline);

 private:
  FlightRecorder(FileDescriptor file, void* memory, std::size_t bytes);
  std::span<Event> RingMemory(std::uint32_t actor) const;

  FileDescriptor file_;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
  ControlBlock* control_ = nullptr;
  ActorSlot* slots_ = nullptr;
  Operation* operations_ = nullptr;
  Event* events_ = nullptr;
  Ledger* ledgers_ = nullptr;
  std::uint32_t doorbell_seen_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RECORDER_FLIGHT_RECORDER_H_
