#include "transports/semaphore/event_fd.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "transports/semaphore/token_endpoint.h"
#include "transports/sys/arguments.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/gate.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kTokensMax = std::numeric_limits<std::uint64_t>::max() - 1;

constexpr Traits kTraits = {
    .shape = Shape::kTokens,
    .reach = Reach::kRelatives,
    .order = Order::kFifo,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = std::numeric_limits<std::uint32_t>::max(),
    .reopens_producer = true,
    .reopens_consumer = true,
    .end_of_file = EndOfFile::kNever,
    .close_wakes = true,
    .floor_messages = kTokensMax,
    .floor_bytes = 1,  // tokens have none
    .survives_kill = true,
    .keeps_queued = true,
};

// One descriptor of an eventfd that does not block.
class Counter {
 public:
  explicit Counter(FileDescriptor fd) : fd_(std::move(fd)) {}

  Result<void> Add(Gate& gate, Deadline deadline) const {
    const std::uint64_t one = 1;
    return Repeat(gate, POLLOUT, deadline, "write",
                  [&] { return ::write(fd_.get(), &one, sizeof(one)); });
  }
  Result<void> Take(Gate& gate, Deadline deadline) const {
    std::uint64_t taken = 0;
    return Repeat(gate, POLLIN, deadline, "read",
                  [&] { return ::read(fd_.get(), &taken, sizeof(taken)); });
  }

 private:
  template <typename Move>
  Result<void> Repeat(Gate& gate, short events, Deadline deadline, const char* call,
                      Move move) const {
    const Gate::Use use = gate.Enter();
    if (!use) return Fail(Errc::kClosed, call);
    for (;;) {
      if (move() == static_cast<ssize_t>(sizeof(std::uint64_t))) return {};
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return FailErrno(call);
      if (deadline.is_now()) return Fail(Errc::kWouldBlock, call, EAGAIN);
      std::array<pollfd, 2> fds{{{.fd = fd_.get(), .events = events, .revents = 0}, {}}};
      if (Result<void> ready = gate.Wait(fds, deadline); !ready) return ready;
    }
  }

  FileDescriptor fd_;
};

class EventFdEndpoint : public Endpoint {
 public:
  EventFdEndpoint(std::shared_ptr<const Counter> counter, Role role)
      : counter_(std::move(counter)), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "a consumer sends");
    Result<void> done = CheckToken(payload, priority);
    if (done) done = counter_->Add(gate_, deadline);
    if (!done) return std::unexpected(done.error());
    return 0;
  }

  Result<Received> Receive(std::span<std::byte>, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "a producer receives");
    if (Result<void> taken = counter_->Take(gate_, deadline); !taken) {
      return std::unexpected(taken.error());
    }
    return Received{};
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) == (role_ == Role::kProducer)) gate_.Close();
    return {};
  }

 private:
  std::shared_ptr<const Counter> counter_;
  Role role_;
  Gate gate_;
};

class EventFdChannel : public Channel {
 public:
  explicit EventFdChannel(std::shared_ptr<const Counter> counter) : counter_(std::move(counter)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<EventFdEndpoint>(counter_, role);
  }
  void Detach() override {}
  Result<void> Unlink() override { return {}; }

 private:
  std::shared_ptr<const Counter> counter_;
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  FileDescriptor fd(::eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.is_open()) return FailErrno("eventfd");
  return std::make_unique<EventFdChannel>(std::make_shared<const Counter>(std::move(fd)));
}

}  // namespace

TransportKind EventFd() {
  return {.name = "eventfd",
          .summary = "eventfd(2) as tokens, between relatives",
          .traits = kTraits,
          .create = Create,
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace ipc_hammer
