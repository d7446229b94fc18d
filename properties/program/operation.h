// Operation: what one actor is asked to do, as plain data. A fault that belongs to an operation is
// part of it.
#ifndef IPC_HAMMER_PROPERTIES_PROGRAM_OPERATION_H_
#define IPC_HAMMER_PROPERTIES_PROGRAM_OPERATION_H_

#include <cstdint>
#include <limits>

namespace ipc_hammer {

enum class Action : std::uint8_t {
  kSend,          // one message, token or run of bytes
  kReceive,       // one message, token or run of bytes
  kDrain,         // receive until every sender has finished and nothing is left
  kCloseSend,     // close one direction of the endpoint, `timeout_us` after this was reached
  kCloseReceive,  // the same for the other one
  kClose,         // destroy the endpoint, `timeout_us` after this was reached
  kOpen,          // open it again (kinds that can)
  kKill,          // SIGKILL to the actor `target`, `timeout_us` after this operation was reached
};
inline constexpr int kActionCount = static_cast<int>(Action::kKill) + 1;

// What is done to the nth system call that the operation makes.
enum class FaultKind : std::uint8_t {
  kNone,
  kInterrupt,    // fails with EINTR
  kSpurious,     // fails with EAGAIN although it could go on
  kShort,        // transfers one byte only (reads and writes of more than one byte)
  kDescriptors,  // fails with EMFILE (calls that make a descriptor)
  kMemory,       // fails with ENOMEM
  kSpace,        // fails with ENOSPC
  kKill,         // the actor dies by SIGKILL instead of making the call
};
inline constexpr int kFaultKindCount = static_cast<int>(FaultKind::kKill) + 1;

struct Fault {
  FaultKind kind = FaultKind::kNone;
  std::uint8_t nth_call = 1;  // 1: the first system call of the operation that the fault fits
  friend bool operator==(const Fault&, const Fault&) = default;
};

// Operation::timeout_us: how long the operation may block.
inline constexpr std::uint32_t kTimeoutNow = 0;
inline constexpr std::uint32_t kTimeoutNever = std::numeric_limits<std::uint32_t>::max();

// Operation::closed_after_us: nobody closes under the operation.
inline constexpr std::uint32_t kNeverClosed = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t kClosedAfterMaxUs = 1'000'000;

struct Operation {
  Action action = Action::kSend;
  std::uint8_t actor = 0;        // producers are 0 .. P-1, consumers P .. P+C-1
  std::uint8_t target = 0;       // kKill: the actor to kill
  std::uint32_t size_bytes = 0;  // kSend: payload; kReceive: buffer, 0 is the channel's size
  std::uint32_t priority = 0;    // kSend
  std::uint32_t timeout_us = kTimeoutNow;
  std::uint32_t repeat = 1;  // how many times in a row, at least 1
  Fault fault{};             // applies to the first repetition
  // kSend, kReceive: so long after it began, another thread of the actor closes its direction. The
  // sequential runner has one thread, where nobody closes under another.
  std::uint32_t closed_after_us = kNeverClosed;
  friend bool operator==(const Operation&, const Operation&) = default;
};

// A direction, or the whole endpoint.
constexpr bool Closes(Action action) {
  return action == Action::kCloseSend || action == Action::kCloseReceive ||
         action == Action::kClose;
}

constexpr bool Kills(const Operation& op) {
  return op.action == Action::kKill || op.fault.kind == FaultKind::kKill;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROGRAM_OPERATION_H_
