#include "transports/queue/posix_mq.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "transports/sys/arguments.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/gate.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "posix_mq";
constexpr int kFlags = O_NONBLOCK | O_CLOEXEC;

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kStrangers,
    .order = Order::kPriority,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = std::numeric_limits<std::uint32_t>::max(),
    .reopens_producer = true,
    .reopens_consumer = true,
    .end_of_file = EndOfFile::kNever,
    .close_wakes = true,
    .exact_capacity = true,
    .capacity_messages_max = 10,  // DFLT_MSGMAX of the kernel
    .message_size_max = 8192,     // DFLT_MSGSIZEMAX
    .priorities = 32768,          // MQ_PRIO_MAX
    .survives_kill = true,
    .keeps_queued = true,
    .persistence = Persistence::kKernel,
    .mechanism = MechanismFamily::kMessageQueue,
};

std::string QueueOf(const ChannelName& name) { return "/" + name.text; }
std::string LockOf(const ChannelName& name) { return name.text + "." + kName + ".lock"; }

class MqEndpoint : public Endpoint {
 public:
  MqEndpoint(FileDescriptor queue, std::size_t message_bytes_max, Role role)
      : queue_(std::move(queue)), message_bytes_max_(message_bytes_max), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "send by a consumer");
    if (priority >= kTraits.priorities) return Fail(Errc::kInvalidArgument, "priority");
    // An empty span may have no address, and mq_send wants one.
    const char* data = payload.empty() ? "" : reinterpret_cast<const char*>(payload.data());
    const Result<ssize_t> sent = Repeat("mq_send", POLLOUT, deadline, [&]() -> ssize_t {
      return mq_send(queue_.get(), data, payload.size(), priority);
    });
    if (!sent) return std::unexpected(sent.error());
    return payload.size();
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "receive by a producer");
    if (buffer.size() < message_bytes_max_) return Fail(Errc::kTooLarge, "buffer");
    unsigned priority = 0;
    const Result<ssize_t> size = Repeat("mq_receive", POLLIN, deadline, [&] {
      return mq_receive(queue_.get(), reinterpret_cast<char*>(buffer.data()), buffer.size(),
                        &priority);
    });
    if (!size) return std::unexpected(size.error());
    return Received{.size_bytes = static_cast<std::size_t>(*size), .priority = priority};
  }

  Result<void> CloseDirection(Direction direction) override {
    const bool is_ours = (direction == Direction::kSend) == (role_ == Role::kProducer);
    if (is_ours && gate_.Close()) queue_.Close();
    return {};
  }

 private:
  // `call` until it is done, waiting in between: after a wait somebody else may have been faster.
  template <typename Call>
  Result<ssize_t> Repeat(const char* name, short events, Deadline deadline, Call call) {
    const Gate::Use use = gate_.Enter();
    if (!use) return Fail(Errc::kClosed, name);
    for (;;) {
      const ssize_t result = call();
      if (result >= 0) return result;
      if (errno == EINTR) continue;
      if (errno != EAGAIN || deadline.is_now()) return FailErrno(name);
      std::array<pollfd, 2> fds{{{.fd = queue_.get(), .events = events, .revents = 0}, {}}};
      if (Result<void> ready = gate_.Wait(fds, deadline); !ready) {
        return std::unexpected(ready.error());
      }
    }
  }

  Gate gate_;
  FileDescriptor queue_;
  std::size_t message_bytes_max_;
  Role role_;
};

Result<FileDescriptor> OpenQueue(const std::string& queue, int flags, mode_t mode, mq_attr* attr) {
  mqd_t mqd = -1;
  do {
    mqd = mq_open(queue.c_str(), flags | kFlags, mode, attr);
  } while (mqd < 0 && errno == EINTR);
  if (mqd < 0) return FailErrno("mq_open");
  return FileDescriptor(mqd);
}

Result<void> UnlinkQueue(const std::string& queue) {
  if (mq_unlink(queue.c_str()) == 0) return {};
  return FailErrno("mq_unlink");
}

// Removes a queue that nobody owns. REQUIRES: the name's lock is held.
// Errors: kNotFound, kPermission, kSystem.
Result<void> RemoveLeftover(const std::string& queue) {
  const Result<FileDescriptor> found = OpenQueue(queue, O_RDONLY, 0, nullptr);
  struct stat status;
  if (found && fstat(found->get(), &status) == 0 && status.st_uid != geteuid()) {
    return Fail(Errc::kPermission, "the queue is another user's");
  }
  // One that we may not read can still be ours; mq_unlink refuses another user's.
  if (!found && found.error().code == Errc::kNotFound) return std::unexpected(found.error());
  return UnlinkQueue(queue);
}

bool IsSameQueue(int fd, int other) {
  struct stat a;
  struct stat b;
  return fstat(fd, &a) == 0 && fstat(other, &b) == 0 && a.st_ino == b.st_ino &&
         a.st_dev == b.st_dev;
}

class MqChannel : public Channel {
 public:
  MqChannel(std::string name, NameLock lock, FileDescriptor queue, std::size_t message_bytes_max)
      : name_(std::move(name)),
        lock_(std::move(lock)),
        queue_(std::move(queue)),
        message_bytes_max_(message_bytes_max),
        owner_(getpid()) {}
  ~MqChannel() override { (void)Unlink(); }

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    Result<FileDescriptor> copy = queue_.Duplicate();
    if (!copy) return std::unexpected(copy.error());
    return std::make_unique<MqEndpoint>(*std::move(copy), message_bytes_max_, role);
  }

  void Detach() override { lock_.DropInChild(); }

  Result<void> Unlink() override {
    if (owner_ != getpid()) return Fail(Errc::kPermission, "only the creator removes the name");
    // Without the lock the name may be a successor's: it is left alone.
    if (lock_.IsHeld()) {
      const Result<FileDescriptor> named = OpenQueue(name_, O_RDONLY, 0, nullptr);
      const bool is_other = named && !IsSameQueue(named->get(), queue_.get());
      const bool is_gone = !named && named.error().code == Errc::kNotFound;
      if (!is_other && !is_gone) {
        if (Result<void> removed = UnlinkQueue(name_); !removed) return removed;
      }
    }
    lock_.Release();
    return {};
  }

 private:
  std::string name_;
  NameLock lock_;
  FileDescriptor queue_;
  std::size_t message_bytes_max_;
  pid_t owner_;
};

// REQUIRES: the name's lock is held.
Result<FileDescriptor> CreateQueue(const std::string& queue, const Options& options) {
  const Result<void> removed = RemoveLeftover(queue);
  if (!removed && removed.error().code != Errc::kNotFound) return std::unexpected(removed.error());
  mq_attr attr{};
  attr.mq_maxmsg = static_cast<long>(options.capacity_messages);
  attr.mq_msgsize = static_cast<long>(options.message_size_bytes);
  Result<FileDescriptor> made = OpenQueue(queue, O_RDWR | O_CREAT | O_EXCL, options.mode, &attr);
  if (!made) {
    Error error = made.error();
    if (error.sys_errno == EINVAL) error.code = Errc::kTooLarge;  // the name is known to be good
    return std::unexpected(error);
  }
  if (fchmod(made->get(), options.mode) != 0) {
    const std::unexpected<Error> error = FailErrno("fchmod");
    (void)UnlinkQueue(queue);
    return error;
  }
  return made;
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  Result<NameLock> lock = LockShmName(LockOf(name));
  if (!lock) return std::unexpected(lock.error());
  Result<FileDescriptor> queue = CreateQueue(QueueOf(name), options);
  if (!queue) return std::unexpected(queue.error());
  return std::make_unique<MqChannel>(QueueOf(name), *std::move(lock), *std::move(queue),
                                     options.message_size_bytes);
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  Result<FileDescriptor> queue =
      OpenQueue(QueueOf(name), role == Role::kProducer ? O_WRONLY : O_RDONLY, 0, nullptr);
  if (!queue) return std::unexpected(queue.error());
  struct stat status;
  if (fstat(queue->get(), &status) != 0) return FailErrno("fstat");
  if ((options.mode & 077) == 0 && status.st_uid != geteuid()) {
    return Fail(Errc::kPermission, "the queue is another user's");
  }
  mq_attr attr{};
  if (mq_getattr(queue->get(), &attr) != 0) return FailErrno("mq_getattr");
  if (static_cast<std::size_t>(attr.mq_msgsize) != options.message_size_bytes) {
    return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
  }
  return std::make_unique<MqEndpoint>(*std::move(queue), options.message_size_bytes, role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const Result<NameLock> lock = LockShmName(LockOf(name));
  if (!lock) return std::unexpected(lock.error());
  return RemoveLeftover(QueueOf(name));
}

}  // namespace

TransportKind PosixMq() {
  return {.name = kName,
          .summary = "POSIX message queue with priorities",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
