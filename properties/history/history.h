// History: the record of operations and outcomes with their start and end times. Plain data: the
// sequential runner, the flight recorder of the process runner and the checkers share it.
#ifndef IPC_HAMMER_PROPERTIES_HISTORY_HISTORY_H_
#define IPC_HAMMER_PROPERTIES_HISTORY_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "properties/program/payload.h"
#include "properties/program/program.h"
#include "transports/error.h"

namespace ipc_hammer {

// What came back of one operation. Trivially copyable: it is written into shared memory.
struct Outcome {
  enum class State : std::uint8_t {
    kOk,
    kFailed,   // `error` says why
    kPending,  // begun and never ended: the actor was killed, or hangs
  };
  State state = State::kPending;
  Errc error = Errc::kSystem;
  // kSend, kReceive of a message with a header: which one. Receive: as the bytes claim.
  bool identified = false;
  // kReceive: every byte is as sent. Meaningless unless identified.
  bool intact = true;
  bool source_ended = false;  // see Received
  bool fault_fired = false;   // the operation's fault was really injected
  std::int32_t sys_errno = 0;
  std::uint32_t size_bytes = 0;  // transferred
  std::uint32_t priority = 0;
  std::uint32_t source = 0;
  MessageId id{};

  bool ok() const { return state == State::kOk; }
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Event {
  std::uint32_t actor = 0;
  std::uint32_t operation_index = 0;  // into Program::operations
  Action action = Action::kSend;
  std::uint32_t timeout_us = 0;
  std::int64_t start_ns = 0;  // CLOCK_MONOTONIC; in sequential runs a counter
  std::int64_t end_ns = kNeverEnded;
  Outcome outcome{};
  static constexpr std::int64_t kNeverEnded = std::numeric_limits<std::int64_t>::max();
};

using History = std::vector<Event>;

std::string ToText(const Program& program, const Event& event);  // one line, no newline

// A picture a person can read: one lane for each actor, time downwards. `>` begins a call, `|` is
// one that goes on, `<` ends it with its outcome and how long it took; `*` is a call during which
// nothing else began or ended. The event at `marked` (if any) is pointed at, with `reason` below.
// At most `lines_max` events around the marked one, or the last ones.
std::string SwimLanes(const Program& program, const History& history, std::size_t marked,
                      std::size_t lines_max = 200, std::string_view reason = {});

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_HISTORY_HISTORY_H_
