// Gate: the use of one direction of an endpoint, by one thread at a time, and its end, by any.
//
// Every operation Enter()s, and blocks in Wait() only. Close() refuses whoever comes later, wakes
// who waits, and returns when nobody is inside: then the caller may close the descriptors that the
// direction used, and no system call can hit a number that has been given to somebody else.
//
// Cost: two atomic operations for each use. The descriptor that wakes a waiter (an eventfd) is made
// by the first Wait() that really blocks, so a channel used without blocking has none. Where none
// can be had (RLIMIT_NOFILE) the wait looks up every kSlice instead.
//
// Processes: a gate is one process's. A forked child that uses an inherited, idle endpoint gets an
// eventfd of its own, and one that closes it wakes nobody of its parent's. REQUIRES for that: no
// thread was inside at the fork.
// Source: eventfd(2).
#ifndef IPC_HAMMER_TRANSPORTS_SYS_GATE_H_
#define IPC_HAMMER_TRANSPORTS_SYS_GATE_H_

#include <poll.h>
#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

#include "transports/deadline.h"
#include "transports/error.h"

namespace ipc_hammer {

class Gate {
 public:
  // What a thread holds while it is inside.
  class [[nodiscard]] Use {
   public:
    ~Use() {
      if (gate_ != nullptr) gate_->Leave();
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    friend class Gate;
    explicit Use(Gate* gate) : gate_(gate) {}
    Gate* gate_;
  };

  Gate() = default;
  ~Gate();  // REQUIRES: nobody is inside
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // False once the gate is closed. REQUIRES: no other thread is inside.
  Use Enter() { return Use(TryEnter() ? this : nullptr); }

  // True for the first caller, once nobody is inside any more; false at once for every other.
  bool Close();

  bool is_closed() const { return (state_.load(std::memory_order_acquire) & kClosed) != 0; }

  // WaitReady() that Close() ends. The last element of `fds` is the gate's own: it is overwritten.
  // Errors: kClosed, and those of WaitReady. REQUIRES: the caller is inside; fds is not empty.
  Result<void> Wait(std::span<pollfd> fds, Deadline deadline);

 private:
  static constexpr std::uint32_t kInside = 1;
  static constexpr std::uint32_t kClosed = 2;
  static constexpr std::chrono::milliseconds kSlice{10};

  bool TryEnter() {
    std::uint32_t open = 0;
    return state_.compare_exchange_strong(open, kInside, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  void Leave() {
    if (state_.fetch_and(~kInside, std::memory_order_release) & kClosed) state_.notify_all();
  }
  int WakeDescriptor();
  Result<void> WaitInSlices(std::span<pollfd> fds, Deadline deadline);

  std::atomic<std::uint32_t> state_ = 0;
  std::atomic<int> wake_fd_ = -1;
  std::atomic<pid_t> wake_owner_ = 0;  // the process that made wake_fd_
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_GATE_H_
