// What the runner and its actors share: where each actor stands, and the few words by which they
// tell each other to go. Lies at the beginning of the flight recorder's memory.
//
// Each actor writes its own slot only, without locks: a slot stays readable whenever its actor is
// killed. Everything that two processes touch is an atomic.
#ifndef IPC_HAMMER_STRESS_RECORDER_CONTROL_BLOCK_H_
#define IPC_HAMMER_STRESS_RECORDER_CONTROL_BLOCK_H_

#include <atomic>
#include <cstdint>

#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "transports/error.h"

namespace ipc_hammer {

// A run's phases. Actors wait for the next one on ControlBlock::phase.
enum class Phase : std::uint32_t {
  kSetUp,    // the channel does not exist yet
  kCreated,  // it can be attached to and opened
  kGo,       // every actor has its endpoint: the start line is open
  kEnd,      // all has been judged that needs the channel: its creator destroys it
};

enum class ActorState : std::uint32_t {
  kAbsent,    // not at the start line yet
  kReady,     // at the start line
  kRunning,   // performs its operations
  kFinished,  // all performed, the endpoint is destroyed
  kDead,      // its process is gone (written by the runner)
};

// How far a stranger is that looks for a channel which is made and removed again (contact.h).
enum class ContactState : std::uint32_t { kNone, kLooks, kHasLooked };

// How far the thread is that closes a direction under its actor (closer.h).
enum class CloserState : std::uint32_t { kIdle, kAsked, kCloses, kHasClosed };

struct alignas(64) ActorSlot {
  std::atomic<ActorState> state = ActorState::kAbsent;
  std::atomic<ContactState> contact = ContactState::kNone;
  std::atomic<CloserState> closer = CloserState::kIdle;
  std::atomic<std::int32_t> pid = 0;
  std::atomic<std::int32_t> tid = 0;
  std::atomic<std::uint32_t> operation_index = 0;
  // The deadline of the call it is in, kTimeoutNever: none. A drain waits in slices: `draining`.
  std::atomic<std::uint32_t> timeout_us = 0;
  std::atomic<bool> draining = false;
  // Nobody will close under it any more: the last operation in which that is asked for is over.
  std::atomic<bool> closers_done = false;
  // Nothing more will be sent: the last send operation is over, or the actor is dead.
  std::atomic<bool> done_sending = false;
  // A drain was not told of the end although every sender was gone (kinds that have an end).
  std::atomic<bool> missed_end = false;
  // A drain without a deadline has come to its end, and not to a direction that is closed.
  std::atomic<bool> drained = false;
  // Why it could not attach; meaningful when `refused`.
  std::atomic<bool> refused = false;
  std::atomic<Errc> refusal = Errc::kSystem;
  std::atomic<std::int32_t> refusal_errno = 0;

  // Operations that ended. A drain's empty slices do not count: they are no progress.
  std::atomic<std::uint64_t> progress = 0;
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> sent_bytes = 0;
  std::atomic<std::uint64_t> received = 0;
  std::atomic<std::uint64_t> received_bytes = 0;
  std::atomic<std::uint64_t> events = 0;  // ever written into its ring
  // Waits that ended empty: how long (without the time that others kept it from the processor), and
  // the processor time used. A blocked actor uses none.
  std::atomic<std::uint64_t> idle_ns = 0;
  std::atomic<std::uint64_t> idle_cpu_ns = 0;
};

// An operation kKill was reached: the runner kills, because only a parent's kill by process id
// cannot hit somebody else.
struct KillRequest {
  std::atomic<std::int64_t> at_ns = 0;  // CLOCK_MONOTONIC; 0: none
};

// How far an owner of the name is that comes before the one that lasts (handover.h).
enum class OwnerStage : std::uint32_t {
  kNone,
  kOpen,      // its channel is there
  kEnds,      // it closes, is killed or unlinks
  kUnlinked,  // it has unlinked, and closes when the next one is open
  kMustGo,    // it has to close first: its kind's name lasts as long as its channel
  kGone,
};

struct Owner {
  std::atomic<OwnerStage> stage = OwnerStage::kNone;
  std::atomic<std::uint32_t> guests_in = 0;        // who have an endpoint of its channel
  std::atomic<std::uint32_t> guests_left[2] = {};  // who have given it back, by role
};

// What an actor's process saw that is no operation of the program. The first one is kept.
struct Complaint {
  std::atomic<std::uint32_t> state = 0;  // 1: being written, 2: written
  Rule rule{};
  char text[240]{};
};

struct ControlBlock {
  std::atomic<std::uint32_t> phase = 0;  // a Phase; a plain word because futexes are
  // Rung by an actor that is ready or finished or wants a kill: the runner waits on it.
  std::atomic<std::uint32_t> doorbell = 0;
  std::atomic<bool> rehearsed = false;  // the next channel under the name is the one that lasts
  KillRequest kills[kActorsMax];
  Owner owners[kOwnersMax + 1];  // those of Adversities::owners(), and the one that lasts
  Complaint complaint;

  // What an exec'ed stranger needs to know; written before it is started.
  char kind[64];
  char channel[72];
  char folder[128];
  std::uint32_t capacity_messages, message_size_bytes, producers, consumers, seed;
  Adversities adversities;
  std::uint32_t operations;    // how many follow
  std::uint32_t ring_events;   // capacity of each ring
  std::uint32_t creator;       // the actor that creates the channel; kRunnerCreates: none of them
  std::uint64_t region_bytes;  // of the whole mapping
  bool keep_history;

  static constexpr std::uint32_t kRunnerCreates = kActorsMax;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RECORDER_CONTROL_BLOCK_H_
