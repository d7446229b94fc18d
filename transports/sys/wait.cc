#include "transports/sys/wait.h"

#include <cerrno>

namespace ipc_hammer {

Result<void> WaitReady(std::span<pollfd> fds, Deadline deadline) {
  for (;;) {
    timespec left{};
    if (!deadline.is_never()) left = deadline.Remaining();
    const int ready =
        ::ppoll(fds.data(), fds.size(), deadline.is_never() ? nullptr : &left, nullptr);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return FailErrno("ppoll");
    if (ready == 0 && deadline.HasPassed()) return Fail(deadline.expired(), "ppoll");
  }
}

}  // namespace ipc_hammer
