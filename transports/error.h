// Errors as values: every operation of a transport returns Result<T>.
//
// Error owns no heap memory and refers to string literals only, so it can be made and used between
// fork and exec, and in a process that ran out of memory. Nothing in this project throws.
#ifndef IPC_HAMMER_TRANSPORTS_ERROR_H_
#define IPC_HAMMER_TRANSPORTS_ERROR_H_

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace ipc_hammer {

// The closed list of what can go wrong. A caller decides by this code alone; everything else in
// Error is for people.
enum class Errc : std::uint8_t {
  kWouldBlock,  // deadline was Now(): full (send), empty (receive), nobody there yet (open)
  kTimedOut,    // the deadline passed; the operation had no effect
  kPeerClosed,  // receive: drained and no sender is left; send: no receiver is left
  kClosed,      // this endpoint's own direction was closed, before or during the call
  kTooLarge,    // message above the channel's size, buffer below it, or a value above its limit
  kExists,      // create: the name is owned by a living process
  kNotFound,    // open, unlink: no such name
  kPermission,  // refused by mode, owner or namespace
  kNoSpace,     // out of descriptors, memory, disk, queue quota or another bounded resource
  kCorrupt,     // a shared object or a frame breaks its format; the channel is unusable
  kInvalidArgument,  // the caller broke a documented precondition; nothing was changed
  kSystem,           // anything else: sys_errno and call say what
};
inline constexpr int kErrcCount = static_cast<int>(Errc::kSystem) + 1;

struct Error {
  Errc code = Errc::kSystem;
  int sys_errno = 0;      // 0 when no system call failed
  const char* call = "";  // literal: the system call, or what was being done

  friend bool operator==(const Error& a, const Error& b) { return a.code == b.code; }
};

template <typename T>
using Result = std::expected<T, Error>;

// Makes the unexpected side of a Result. `call` must be a literal.
inline std::unexpected<Error> Fail(Errc code, const char* call, int sys_errno = 0) {
  return std::unexpected(Error{code, sys_errno, call});
}

// The code for an errno value, the same for every mechanism. Meanings that differ by mechanism
// (EAGAIN of a queue with a deadline, ENOSPC of sem_open) are decided by the transport itself.
Errc ErrcFromErrno(int sys_errno);

// The Error for a call that has just failed: Fail(ErrcFromErrno(errno), call, errno).
std::unexpected<Error> FailErrno(const char* call);

std::string_view ToString(Errc code);                  // "would_block"
std::optional<Errc> ErrcFromString(std::string_view);  // the inverse
std::string ToString(const Error& error);              // "no_space: mq_open: Too many open files"

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_ERROR_H_
