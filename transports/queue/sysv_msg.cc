#include "transports/queue/sysv_msg.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "transports/sys/arguments.h"
#include "transports/sys/deadlines.h"
#include "transports/sys/sysv_key.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "sysv_msg";
constexpr std::uint32_t kPriorities = 32768;
constexpr std::size_t kQueueBytes = 16384;  // MSGMNB of the kernel

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kStrangers,
    .order = Order::kPriority,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = std::numeric_limits<std::uint32_t>::max(),
    .reopens_producer = true,
    .reopens_consumer = true,
    .end_of_file = EndOfFile::kNever,
    .close_wakes = false,
    .floor_messages = kQueueBytes,
    .floor_bytes = kQueueBytes,
    .message_size_max = 8192,  // MSGMAX of the kernel
    .priorities = kPriorities,
    .survives_kill = true,
    .keeps_queued = true,
    .persistence = Persistence::kKernel,
    .mechanism = MechanismFamily::kMessageQueue,
};

// A message as the kernel wants it: its type, then its text.
class MessageBuffer {
 public:
  explicit MessageBuffer(std::size_t size_bytes)
      : bytes_(std::make_unique<std::byte[]>(sizeof(long) + size_bytes)) {}

  void* data() { return bytes_.get(); }
  std::byte* text() { return bytes_.get() + sizeof(long); }
  void set_type(long type) { std::memcpy(bytes_.get(), &type, sizeof(type)); }
  long type() const {
    long type = 0;
    std::memcpy(&type, bytes_.get(), sizeof(type));
    return type;
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
};

// How long to sleep between two looks: short at first, then in proportion to what it has cost.
class Patience {
 public:
  std::chrono::nanoseconds Next() const {
    const std::chrono::nanoseconds waited(MonotonicNs() - since_ns_);
    return std::clamp<std::chrono::nanoseconds>(waited / 8, std::chrono::microseconds(50),
                                                std::chrono::milliseconds(10));
  }

 private:
  std::int64_t since_ns_ = MonotonicNs();
};

bool WasRemoved(int error) { return error == EIDRM || error == EINVAL; }

// A queue that we may not look at is there.
bool Exists(int queue) {
  msqid_ds status{};
  return msgctl(queue, IPC_STAT, &status) == 0 || !WasRemoved(errno);
}

class SysvMsgEndpoint : public Endpoint {
 public:
  SysvMsgEndpoint(int queue, std::size_t message_bytes_max, Role role)
      : queue_(queue),
        message_bytes_max_(message_bytes_max),
        role_(role),
        buffer_(message_bytes_max) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "send by a consumer");
    if (priority >= kPriorities) return Fail(Errc::kInvalidArgument, "priority");
    if (payload.size() > message_bytes_max_) return Fail(Errc::kTooLarge, "message size");
    buffer_.set_type(static_cast<long>(kPriorities - priority));
    std::ranges::copy(payload, buffer_.text());
    const Result<ssize_t> sent = Repeat("msgsnd", deadline, [&](int flags) -> ssize_t {
      return msgsnd(queue_, buffer_.data(), payload.size(), flags);
    });
    if (!sent) return std::unexpected(sent.error());
    return payload.size();
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "receive by a producer");
    if (buffer.size() < message_bytes_max_) return Fail(Errc::kTooLarge, "buffer");
    const Result<ssize_t> got = Repeat("msgrcv", deadline, [&](int flags) {
      return msgrcv(queue_, buffer_.data(), message_bytes_max_, -static_cast<long>(kPriorities),
                    flags);
    });
    if (!got) return std::unexpected(got.error());
    std::copy_n(buffer_.text(), *got, buffer.begin());
    return Received{.size_bytes = static_cast<std::size_t>(*got),
                    .priority = kPriorities - static_cast<std::uint32_t>(buffer_.type())};
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) == (role_ == Role::kProducer)) is_closed_.store(true);
    return {};
  }

 private:
  // `call` until it is done: in the kernel where it may wait for ever, else looking now and then.
  template <typename Call>
  Result<ssize_t> Repeat(const char* name, Deadline deadline, Call call) {
    const Patience patience;
    while (!is_closed_.load()) {
      const ssize_t result = call(deadline.is_never() ? 0 : IPC_NOWAIT);
      if (result >= 0) return result;
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != ENOMSG) return FailTransfer(name);
      if (deadline.HasPassed()) return Fail(deadline.expired(), name);
      SleepWithin(deadline, patience.Next());
    }
    return Fail(Errc::kClosed, name);
  }

  std::unexpected<Error> FailTransfer(const char* name) const {
    const int saved = errno;
    if (WasRemoved(saved) && !Exists(queue_)) return Fail(Errc::kPeerClosed, name, saved);
    if (saved == E2BIG) return Fail(Errc::kCorrupt, "msgrcv: larger than agreed", saved);
    return FailErrno(name);
  }

  const int queue_;
  const std::size_t message_bytes_max_;
  const Role role_;
  MessageBuffer buffer_;
  std::atomic<bool> is_closed_ = false;
};

class SysvMsgChannel : public Channel {
 public:
  SysvMsgChannel(SysvOwner owner, int queue, std::size_t message_bytes_max)
      : owner_(std::move(owner)),
        queue_(queue),
        message_bytes_max_(message_bytes_max),
        pid_(getpid()) {}
  // Before owner_: the key is given up when there is nothing left under it. Removed by its id,
  // which no other queue will have.
  ~SysvMsgChannel() override {
    if (pid_ == getpid()) msgctl(queue_, IPC_RMID, nullptr);
  }

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<SysvMsgEndpoint>(queue_, message_bytes_max_, role);
  }
  void Detach() override {}  // a queue has no ends to hold

  Result<void> Unlink() override {
    if (pid_ != getpid()) return Fail(Errc::kPermission, "only the creator removes the name");
    return {};
  }

 private:
  SysvOwner owner_;
  const int queue_;
  const std::size_t message_bytes_max_;
  const pid_t pid_;
};

// What the kernel gives every queue of this IPC namespace.
Result<void> CheckSystemLimits(const Options& options) {
  msginfo limits{};
  if (msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&limits)) < 0) return FailErrno("msgctl");
  if (options.message_size_bytes > static_cast<std::size_t>(limits.msgmax)) {
    return Fail(Errc::kTooLarge, "kernel.msgmax");
  }
  if (static_cast<std::size_t>(limits.msgmnb) < kQueueBytes) {
    return Fail(Errc::kNoSpace, "kernel.msgmnb is too low");
  }
  return {};
}

// Errors: kNotFound, kPermission.
Result<int> FindQueue(key_t key) {
  const int queue = msgget(key, 0);
  if (queue < 0) return FailErrno("msgget");
  return queue;
}

Result<msqid_ds> StatusOf(int queue) {
  msqid_ds status{};
  if (msgctl(queue, IPC_STAT, &status) == 0) return status;
  return WasRemoved(errno) ? Fail(Errc::kNotFound, "msgctl", errno) : FailErrno("msgctl");
}

// Removes a queue that nobody owns. REQUIRES: the key's owner is held.
// Errors: kNotFound, kPermission, kSystem.
Result<void> RemoveLeftover(key_t key) {
  const Result<int> queue = FindQueue(key);
  if (!queue) return std::unexpected(queue.error());
  // One whose mode keeps us from reading can still be ours; IPC_RMID refuses another user's then.
  if (const Result<msqid_ds> status = StatusOf(*queue)) {
    if (Result<void> ours = CheckSysvLeftover(status->msg_perm); !ours) return ours;
  } else if (status.error().code != Errc::kPermission) {
    return std::unexpected(status.error());
  }
  if (msgctl(*queue, IPC_RMID, nullptr) == 0) return {};
  return WasRemoved(errno) ? Fail(Errc::kNotFound, "msgctl", errno) : FailErrno("msgctl");
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  Result<void> checked = CheckArguments(name, options, kTraits);
  if (checked) checked = CheckSystemLimits(options);
  if (!checked) return std::unexpected(checked.error());
  Result<SysvOwner> owner = SysvOwner::Claim(kName, name.text);
  if (!owner) return std::unexpected(owner.error());
  const key_t key = SysvKey(kName, name.text);
  const Result<void> removed = RemoveLeftover(key);
  if (!removed && removed.error().code != Errc::kNotFound) return std::unexpected(removed.error());
  const int queue = msgget(key, IPC_CREAT | IPC_EXCL | static_cast<int>(options.mode));
  if (queue < 0) return FailErrno("msgget");
  return std::make_unique<SysvMsgChannel>(*std::move(owner), queue, options.message_size_bytes);
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  const Result<int> queue = FindQueue(SysvKey(kName, name.text));
  if (!queue) return std::unexpected(queue.error());
  const Result<msqid_ds> status = StatusOf(*queue);
  if (!status) return std::unexpected(status.error());
  if (Result<void> ours = CheckSysvOpened(status->msg_perm, options.mode); !ours) {
    return std::unexpected(ours.error());
  }
  return std::make_unique<SysvMsgEndpoint>(*queue, options.message_size_bytes, role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const Result<SysvOwner> owner = SysvOwner::Claim(kName, name.text);
  if (!owner) return std::unexpected(owner.error());
  return RemoveLeftover(SysvKey(kName, name.text));
}

}  // namespace

TransportKind SysvMsg() {
  return {.name = kName,
          .summary = "System V message queue, priorities as message types",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
