#include "packet_pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>

namespace acme {
namespace {

using ipc_hammer::Channel;
using ipc_hammer::ChannelName;
using ipc_hammer::Deadline;
using ipc_hammer::Direction;
using ipc_hammer::EndOfFile;
using ipc_hammer::Endpoint;
using ipc_hammer::Errc;
using ipc_hammer::Fail;
using ipc_hammer::FailErrno;
using ipc_hammer::Options;
using ipc_hammer::Order;
using ipc_hammer::Reach;
using ipc_hammer::Received;
using ipc_hammer::Result;
using ipc_hammer::Role;
using ipc_hammer::Shape;
using ipc_hammer::Traits;
using ipc_hammer::TransportKind;

// A write of nothing is no packet, so each begins with a byte of ours.
constexpr std::size_t kMessageMax = PIPE_BUF - 1;
constexpr int kSlots = 16;  // pipe(7): what a pipe has unless its user has very many

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kRelatives,
    .order = Order::kFifo,
    .producers_max = 16,
    .consumers_max = 16,
    .end_of_file = EndOfFile::kPersistent,
    .send_needs_consumer = true,
    .floor_messages = kSlots,
    .floor_bytes = kSlots * kMessageMax,
    .message_size_max = kMessageMax,
};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void Forget() { fd_ = -1; }

 private:
  int fd_;
};

// The SIGPIPE of a write to nobody must not end the process.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~SigpipeBlocked() {
    const int saved = errno;
    const timespec at_once{};
    if (!was_pending_) {
      while (::sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = saved;
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t sigpipe_;
  sigset_t before_;
  bool was_pending_;
};

class PacketEndpoint : public Endpoint {
 public:
  PacketEndpoint(Role role, Descriptor end, Descriptor wake, std::size_t size_max)
      : role_(role), size_max_(size_max), end_(std::move(end)), wake_(std::move(wake)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer || priority != 0) return Fail(Errc::kInvalidArgument, "send");
    if (payload.size() > size_max_) return Fail(Errc::kTooLarge, "send");
    const std::shared_lock use(in_use_);
    for (;;) {
      if (closed_) return Fail(Errc::kClosed, "send");
      if (Write(payload)) return payload.size();
      if (errno != EAGAIN && errno != EINTR) return FailErrno("writev");
      if (auto ready = Wait(POLLOUT, deadline); !ready) return std::unexpected(ready.error());
    }
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "receive");
    if (buffer.size() < size_max_) return Fail(Errc::kTooLarge, "receive");
    const std::shared_lock use(in_use_);
    for (;;) {
      if (closed_) return Fail(Errc::kClosed, "receive");
      std::byte head;
      std::array<iovec, 2> parts{{{&head, 1}, {buffer.data(), buffer.size()}}};
      const ssize_t got = ::readv(end_.get(), parts.data(), parts.size());
      if (got > 0) return Received{.size_bytes = static_cast<std::size_t>(got) - 1};
      if (got == 0) return Fail(Errc::kPeerClosed, "readv");
      if (errno != EAGAIN && errno != EINTR) return FailErrno("readv");
      if (auto ready = Wait(POLLIN, deadline); !ready) return std::unexpected(ready.error());
    }
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) != (role_ == Role::kProducer) || closed_.exchange(true)) {
      return {};
    }
    ::eventfd_write(wake_.get(), 1);
    const std::unique_lock nobody_uses_it(in_use_);
    end_.Close();
#ifdef ACME_FORGETS_A_DESCRIPTOR
    wake_.Forget();
#endif
    return {};
  }

 private:
  bool Write(std::span<const std::byte> payload) {
    std::byte head{0};
    std::array<iovec, 2> parts{
        {{&head, 1}, {const_cast<std::byte*>(payload.data()), payload.size()}}};
    const SigpipeBlocked quietly;
    return ::writev(end_.get(), parts.data(), parts.size()) > 0;
  }

  // Until the other end moves, or CloseDirection is called.
  Result<void> Wait(short events, Deadline deadline) {
    if (errno == EINTR) return {};
    if (deadline.HasPassed()) return Fail(deadline.expired(), "packet pipe");
    std::array<pollfd, 2> fds{{{end_.get(), events, 0}, {wake_.get(), POLLIN, 0}}};
    const timespec left = deadline.is_never() ? timespec{} : deadline.Remaining();
    if (::ppoll(fds.data(), fds.size(), deadline.is_never() ? nullptr : &left, nullptr) < 0 &&
        errno != EINTR) {
      return FailErrno("ppoll");
    }
    return {};
  }

  const Role role_;
  const std::size_t size_max_;
  std::shared_mutex in_use_;  // shared by calls on `end_`, exclusive to close it
  std::atomic<bool> closed_ = false;
  Descriptor end_;
  Descriptor wake_;
};

class PacketChannel : public Channel {
 public:
  PacketChannel(Descriptor read_end, Descriptor write_end, std::size_t size_max)
      : size_max_(size_max), read_end_(std::move(read_end)), write_end_(std::move(write_end)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    std::uint32_t& attached = role == Role::kProducer ? producers_ : consumers_;
    const Descriptor& end = role == Role::kProducer ? write_end_ : read_end_;
    if (end.get() < 0) return Fail(Errc::kInvalidArgument, "attach after detach");
    if (attached == kTraits.producers_max) return Fail(Errc::kInvalidArgument, "too many");
    Descriptor own(::fcntl(end.get(), F_DUPFD_CLOEXEC, 0));
    if (own.get() < 0) return FailErrno("fcntl");
    Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (wake.get() < 0) return FailErrno("eventfd");
    ++attached;
    return std::make_unique<PacketEndpoint>(role, std::move(own), std::move(wake), size_max_);
  }

  void Detach() override {
    read_end_.Close();
    write_end_.Close();
  }

  Result<void> Unlink() override { return {}; }

 private:
  const std::size_t size_max_;
  Descriptor read_end_;
  Descriptor write_end_;
  std::uint32_t producers_ = 0;
  std::uint32_t consumers_ = 0;
};

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text[0] != '.' &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789_.-") == std::string::npos;
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (!IsName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  if (options.message_size_bytes > kMessageMax) return Fail(Errc::kTooLarge, "message size");
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK | O_DIRECT) != 0) return FailErrno("pipe2");
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  if (::fcntl(read_end.get(), F_GETPIPE_SZ) < kSlots * PIPE_BUF) {
    return Fail(Errc::kNoSpace, "the pipe is smaller than usual");
  }
  return std::make_unique<PacketChannel>(std::move(read_end), std::move(write_end),
                                         options.message_size_bytes);
}

}  // namespace

TransportKind PacketPipe() {
  return {.name = "packet_pipe",
          .summary = "pipe(2) in packet mode, many to many, between relatives",
          .traits = kTraits,
          .create = Create,
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace acme
