#include "transports/pipe/pipe_endpoint.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "transports/pipe/write_quietly.h"

namespace ipc_hammer {
namespace {

// The most slots that `queued` bytes can occupy; pipe.h says why.
std::size_t SlotsAtMost(std::size_t queued) {
  if (queued == 0) return 0;
  const std::size_t behind_first = queued - 1;
  const std::size_t pair = kPipeSlotBytes + 1;
  return 1 + 2 * (behind_first / pair) + (behind_first % pair != 0 ? 1 : 0);
}

// A write takes one slot, or one for each page begun; more bytes than one page a write means that
// there are larger ones among them.
std::size_t SlotsNeeded(std::size_t bytes, std::size_t writes) {
  return bytes <= writes * kPipeSlotBytes ? writes : writes + bytes / kPipeSlotBytes;
}

Result<void> CloseEnd(Gate& gate, FileDescriptor& end, bool has_direction) {
  if (has_direction && gate.Close()) end.Close();
  return {};
}

// Waits until the other end moves. EAGAIN has just been said, so Now() need not look again.
Result<void> WaitFor(Gate& gate, int fd, short events, Deadline deadline) {
  if (deadline.is_now()) return Fail(Errc::kWouldBlock, "pipe");
  std::array<pollfd, 2> fds{{{.fd = fd, .events = events, .revents = 0}, {}}};
  return gate.Wait(fds, deadline);
}

}  // namespace

Result<void> CheckPipeSlots(int end) {
  const int size = ::fcntl(end, F_GETPIPE_SZ);
  if (size < 0) return FailErrno("fcntl");
  if (size < static_cast<int>(kPipeSlots * kPipeSlotBytes)) {
    return Fail(Errc::kNoSpace, "below the usual capacity of a pipe");
  }
  return {};
}

Result<std::size_t> PipeProducer::Send(std::span<const std::byte> payload, std::uint32_t priority,
                                       Deadline deadline) {
  if (payload.empty()) return Fail(Errc::kInvalidArgument, "empty payload on a stream");
  if (priority != 0) return Fail(Errc::kInvalidArgument, "priority on a kind without");
  const Gate::Use use = gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "send");
  for (;;) {
    const ssize_t taken = WriteQuietly(end_.get(), payload);
    if (taken > 0) return static_cast<std::size_t>(taken);
    if (errno != EAGAIN) return FailErrno("write");
    if (Result<void> ready = WaitFor(gate_, end_.get(), POLLOUT, deadline); !ready) {
      return std::unexpected(ready.error());
    }
  }
}

Result<Received> PipeProducer::Receive(std::span<std::byte>, Deadline) {
  return Fail(Errc::kInvalidArgument, "receive by a producer");
}

Result<void> PipeProducer::CloseDirection(Direction direction) {
  return CloseEnd(gate_, end_, direction == Direction::kSend);
}

bool PipeProducer::HasRoom(std::uint32_t, std::size_t bytes, std::size_t writes) {
  const Gate::Use use = gate_.Enter();
  if (!use) return true;  // the send will say why it fails
  // Without a reader what is queued does not matter: the send will say so.
  pollfd state{.fd = end_.get(), .events = 0, .revents = 0};
  if (::poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0) return true;
  int queued = 0;
  if (::ioctl(end_.get(), FIONREAD, &queued) != 0) return false;
  return SlotsAtMost(static_cast<std::size_t>(queued)) + SlotsNeeded(bytes, writes) <= kPipeSlots;
}

Result<std::size_t> PipeProducer::SendTo(std::uint32_t, std::span<const std::byte> payload,
                                         Deadline deadline) {
  return Send(payload, 0, deadline);
}

Result<std::size_t> PipeConsumer::Send(std::span<const std::byte>, std::uint32_t, Deadline) {
  return Fail(Errc::kInvalidArgument, "send by a consumer");
}

Result<Received> PipeConsumer::Receive(std::span<std::byte> buffer, Deadline deadline) {
  if (buffer.empty()) return Fail(Errc::kInvalidArgument, "empty buffer on a stream");
  const Gate::Use use = gate_.Enter();
  if (!use) return Fail(Errc::kClosed, "receive");
  for (;;) {
    const ssize_t got = ::read(end_.get(), buffer.data(), buffer.size());
    if (got > 0) return Received{.size_bytes = static_cast<std::size_t>(got)};
    if (got == 0) {
      const Result<bool> again = AtNoWriter();
      if (!again) return std::unexpected(again.error());
      if (*again) continue;
    } else if (errno == EINTR) {
      continue;
    } else if (errno != EAGAIN) {
      return FailErrno("read");
    }
    if (Result<void> ready = WaitFor(gate_, end_.get(), POLLIN, deadline); !ready) {
      return std::unexpected(ready.error());
    }
  }
}

Result<bool> PipeConsumer::AtNoWriter() { return Fail(Errc::kPeerClosed, "read"); }

Result<void> PipeConsumer::CloseDirection(Direction direction) {
  return CloseEnd(gate_, end_, direction == Direction::kReceive);
}

}  // namespace ipc_hammer
