#include "transports/sys/gate.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "transports/sys/wait.h"

namespace ipc_hammer {

Gate::~Gate() {
  if (const int fd = wake_fd_.load(std::memory_order_relaxed); fd >= 0) ::close(fd);
}

// A waiter stores wake_fd_ and its owner and then looks at state_; a closer changes state_ and then
// looks at both. All are sequentially consistent, so at least one of the two sees the other.
bool Gate::Close() {
  std::uint32_t state = state_.fetch_or(kClosed);
  if (state & kClosed) return false;
  // The write can fail only where the counter is full, and then the eventfd is readable already.
  const int fd = wake_fd_.load();
  if (fd >= 0 && wake_owner_.load() == ::getpid()) ::eventfd_write(fd, 1);
  for (state |= kClosed; state & kInside; state = state_.load(std::memory_order_acquire)) {
    state_.wait(state, std::memory_order_acquire);
  }
  return true;
}

int Gate::WakeDescriptor() {
  const int fd = wake_fd_.load(std::memory_order_relaxed);
  const pid_t self = ::getpid();
  if (fd >= 0 && wake_owner_ == self) return fd;
  const int made = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd >= 0 && made >= 0) {
    // Inherited: shared with the parent, which would take our wake-ups and we its. The number is
    // replaced in one step, because a closer may be about to write to it.
    const int replaced = ::dup3(made, fd, O_CLOEXEC);
    ::close(made);
    if (replaced < 0) return -1;
  } else if (fd < 0) {
    wake_fd_.store(made);
  }
  if (made >= 0) wake_owner_.store(self);
  return made >= 0 ? wake_fd_.load(std::memory_order_relaxed) : -1;
}

Result<void> Gate::Wait(std::span<pollfd> fds, Deadline deadline) {
  if (deadline.is_now()) return WaitReady(fds.first(fds.size() - 1), deadline);
  const int wake_fd = WakeDescriptor();
  if (state_.load() & kClosed) return Fail(Errc::kClosed, "closed before the wait");
  if (wake_fd < 0) return WaitInSlices(fds.first(fds.size() - 1), deadline);
  fds.back() = {.fd = wake_fd, .events = POLLIN, .revents = 0};
  Result<void> ready = WaitReady(fds, deadline);
  if (is_closed()) return Fail(Errc::kClosed, "closed during the wait");
  return ready;
}

Result<void> Gate::WaitInSlices(std::span<pollfd> fds, Deadline deadline) {
  for (;;) {
    const Deadline slice = Deadline::After(kSlice);
    const timespec left = deadline.is_never() ? timespec{} : deadline.Remaining();
    const bool is_last = !deadline.is_never() && left.tv_sec == 0 &&
                         std::chrono::nanoseconds(left.tv_nsec) <= kSlice;
    Result<void> ready = WaitReady(fds, is_last ? deadline : slice);
    if (is_closed()) return Fail(Errc::kClosed, "closed during the wait");
    if (ready || is_last || ready.error().code != Errc::kTimedOut) return ready;
  }
}

}  // namespace ipc_hammer
