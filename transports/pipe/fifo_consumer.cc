#include "transports/pipe/fifo_consumer.h"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <utility>

#include "transports/pipe/fifo_file.h"
#include "transports/sys/wait.h"

namespace ipc_hammer {
namespace {

// What poll(2) says of a reading end now.
Result<short> LookAt(int fd) {
  std::array<pollfd, 1> state{{{.fd = fd, .events = POLLIN, .revents = 0}}};
  const Result<void> looked = WaitReady(state, Deadline::Now());
  if (!looked && looked.error().code != Errc::kWouldBlock) return std::unexpected(looked.error());
  return state[0].revents;
}

}  // namespace

Result<bool> FifoConsumer::AtNoWriter() {
  const Result<short> seen = LookAt(end_.get());
  if (!seen) return std::unexpected(seen.error());
  if ((*seen & POLLIN) != 0) return true;
  if ((*seen & POLLHUP) == 0) return false;
  Result<FileDescriptor> fresh = OpenFifoEnd(end_.get(), O_RDONLY);
  if (!fresh) return std::unexpected(fresh.error());
  const Result<short> meanwhile = LookAt(fresh->get());
  if (!meanwhile) return std::unexpected(meanwhile.error());
  if ((*meanwhile & POLLIN) != 0) return true;
  end_ = *std::move(fresh);
  return Fail(Errc::kPeerClosed, "read");
}

}  // namespace ipc_hammer
