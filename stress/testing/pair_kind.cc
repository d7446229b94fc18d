#include "stress/testing/pair_kind.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr int kFlawedCall = 20;

// Endpoints of one process that race on purpose.
int racy_counter = 0;

void Wait(int fd, short events, Deadline deadline) {
  pollfd poll{.fd = fd, .events = events, .revents = 0};
  timespec left{};
  if (!deadline.is_never()) left = deadline.Remaining();
  ppoll(&poll, 1, deadline.is_never() ? nullptr : &left, nullptr);
}

[[noreturn]] void WaitForEver() {
  for (;;) pause();
}

class PairEndpoint : public Endpoint {
 public:
  PairEndpoint(FileDescriptor fd, std::size_t size, PairFlaw flaw)
      : fd_(std::move(fd)), size_max_(size), flaw_(flaw) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t,
                           Deadline deadline) override {
    if (payload.size() > size_max_) return Fail(Errc::kTooLarge, "send");
    const bool flawed = ++calls_ == kFlawedCall;
    if (flaw_ == PairFlaw::kRace) ++racy_counter;
    if (flawed && (flaw_ == PairFlaw::kLose || flaw_ == PairFlaw::kStall)) return payload.size();
    if (calls_ > kFlawedCall && flaw_ == PairFlaw::kStall) WaitForEver();
    if (flawed && flaw_ == PairFlaw::kSwap) {
      held_.assign(payload.begin(), payload.end());
      return payload.size();
    }
    if (flawed && flaw_ == PairFlaw::kTear) {
      std::vector<std::byte> torn(payload.begin(), payload.end());
      torn.back() ^= std::byte{1};
      return Push(torn, deadline);
    }
    if (flawed && flaw_ == PairFlaw::kDuplicate) static_cast<void>(Push(payload, deadline));
    auto result = Push(payload, deadline);
    if (!held_.empty()) static_cast<void>(Push(std::exchange(held_, {}), deadline));
    return result;
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (buffer.size() < size_max_) return Fail(Errc::kTooLarge, "receive");
    if (++calls_ == kFlawedCall) Misbehave();
    if (flaw_ == PairFlaw::kLate && !deadline.is_now()) deadline = Deadline::Never();
    for (;;) {
      const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n > 0) return Received{.size_bytes = static_cast<std::size_t>(n)};
      if (n == 0 && flaw_ != PairFlaw::kNoEnd) return Fail(Errc::kPeerClosed, "recv");
      if (n < 0 && errno != EAGAIN && errno != EINTR) return FailErrno("recv");
      if (deadline.HasPassed()) return Fail(deadline.expired(), "recv");
      if (flaw_ == PairFlaw::kSpin) continue;
      Wait(n == 0 ? -1 : fd_.get(), POLLIN, deadline);
    }
  }

  Result<void> CloseDirection(Direction) override {
    return Fail(Errc::kInvalidArgument, "the test kind closes both");
  }

 private:
  Result<std::size_t> Push(std::span<const std::byte> payload, Deadline deadline) {
    for (;;) {
      const ssize_t n =
          send(fd_.get(), payload.data(), payload.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n >= 0) return payload.size();
      if (errno == EPIPE || errno == ECONNRESET) return Fail(Errc::kPeerClosed, "send");
      if (errno != EAGAIN && errno != EINTR) return FailErrno("send");
      if (deadline.HasPassed()) return Fail(deadline.expired(), "send");
      Wait(fd_.get(), POLLOUT, deadline);
    }
  }

  void Misbehave() {
    if (flaw_ == PairFlaw::kHang) WaitForEver();
    if (flaw_ == PairFlaw::kCrash) *reinterpret_cast<volatile int*>(std::uintptr_t{8}) = 1;
    if (flaw_ == PairFlaw::kAbort) std::abort();
    if (flaw_ == PairFlaw::kLeakDescriptor) static_cast<void>(dup(fd_.get()));
    if (flaw_ == PairFlaw::kLeakMemory) {
      volatile auto* lost = new int(7);
      static_cast<void>(lost);
    }
  }

  FileDescriptor fd_;
  std::size_t size_max_;
  PairFlaw flaw_;
  int calls_ = 0;
  std::vector<std::byte> held_;
};

class PairChannel : public Channel {
 public:
  PairChannel(FileDescriptor producers, FileDescriptor consumers, std::size_t size, PairFlaw flaw)
      : ends_{std::move(producers), std::move(consumers)}, size_max_(size), flaw_(flaw) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    auto end = ends_[role == Role::kProducer ? 0 : 1].Duplicate();
    if (!end) return std::unexpected(end.error());
    return std::make_unique<PairEndpoint>(*std::move(end), size_max_, flaw_);
  }
  void Detach() override {
    for (FileDescriptor& end : ends_) end.Close();
  }
  Result<void> Unlink() override { return {}; }

 private:
  FileDescriptor ends_[2];
  std::size_t size_max_;
  PairFlaw flaw_;
};

Result<std::unique_ptr<Channel>> Create(const Options& options, PairFlaw flaw) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return FailErrno("socketpair");
  }
  return std::make_unique<PairChannel>(FileDescriptor(fds[0]), FileDescriptor(fds[1]),
                                       options.message_size_bytes, flaw);
}

}  // namespace

TransportKind PairKind(PairFlaw flaw, Duplex duplex) {
  TransportKind kind;
  kind.name = "pair";
  kind.summary = "a socketpair, for the runner's own tests";
  kind.traits = {.reach = Reach::kRelatives,
                 .producers_max = 8,
                 .consumers_max = 8,
                 .duplex = duplex == Duplex::kYes,
                 .end_of_file = EndOfFile::kPersistent,
                 .send_needs_consumer = true,
                 .close_wakes = false,
                 .floor_messages = 1,
                 .floor_bytes = 16 * 1024,
                 .message_size_max = 32 * 1024};
  kind.create = [flaw](const ChannelName&, const Options& options) {
    return Create(options, flaw);
  };
  return kind;
}

}  // namespace ipc_hammer
