#include "transports/loopback/loopback.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "transports/sys/arguments.h"

namespace ipc_hammer {
namespace {

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kThreads,
    .order = Order::kFifo,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = std::numeric_limits<std::uint32_t>::max(),
    .end_of_file = EndOfFile::kPersistent,
    .send_needs_consumer = true,
    .close_wakes = true,
    .exact_capacity = true,
    .capacity_messages_max = 65536,
    .message_size_max = 1 << 20,
    .survives_kill = true,  // nobody else has it open
};

// What all endpoints of a channel share. Everything is under the mutex; `changed` is told of every
// change that somebody may wait for.
struct Queue {
  explicit Queue(const Options& wanted) : options(wanted) {}

  bool has_no_more(int endpoints) const { return is_detached && endpoints == 0; }

  const Options options;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::vector<std::byte>> messages;
  int producers = 0;
  int consumers = 0;
  bool is_detached = false;
};

// Waits until `is_ready`; false: the deadline passed first.
template <typename Ready>
bool WaitUntil(Queue& queue, std::unique_lock<std::mutex>& lock, Deadline deadline,
               Ready is_ready) {
  if (is_ready()) return true;
  if (deadline.is_now()) return false;
  if (deadline.is_never()) {
    queue.changed.wait(lock, is_ready);
    return true;
  }
  const timespec at = deadline.Absolute();
  const std::chrono::steady_clock::time_point until(std::chrono::seconds(at.tv_sec) +
                                                    std::chrono::nanoseconds(at.tv_nsec));
  return queue.changed.wait_until(lock, until, is_ready);
}

class LoopbackEndpoint : public Endpoint {
 public:
  LoopbackEndpoint(std::shared_ptr<Queue> queue, Role role)
      : queue_(std::move(queue)), role_(role) {}
  ~LoopbackEndpoint() override { Close(); }

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "send by a consumer");
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority on a kind without");
    if (payload.size() > queue_->options.message_size_bytes)
      return Fail(Errc::kTooLarge, "message");
    std::unique_lock lock(queue_->mutex);
    const bool in_time = WaitUntil(*queue_, lock, deadline, [this] {
      return is_closed_ || queue_->has_no_more(queue_->consumers) || HasRoom();
    });
    if (is_closed_) return Fail(Errc::kClosed, "send");
    if (queue_->has_no_more(queue_->consumers)) return Fail(Errc::kPeerClosed, "send");
    if (!in_time) return Fail(deadline.expired(), "send");
    queue_->messages.emplace_back(payload.begin(), payload.end());
    queue_->changed.notify_all();
    return payload.size();
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "receive by a producer");
    if (buffer.size() < queue_->options.message_size_bytes) return Fail(Errc::kTooLarge, "buffer");
    std::unique_lock lock(queue_->mutex);
    const bool in_time = WaitUntil(*queue_, lock, deadline, [this] {
      return is_closed_ || !queue_->messages.empty() || queue_->has_no_more(queue_->producers);
    });
    if (is_closed_) return Fail(Errc::kClosed, "receive");
    if (!in_time) return Fail(deadline.expired(), "receive");
    if (queue_->messages.empty()) return Fail(Errc::kPeerClosed, "receive");
    const std::vector<std::byte> message = std::move(queue_->messages.front());
    queue_->messages.pop_front();
    queue_->changed.notify_all();
    std::ranges::copy(message, buffer.begin());
    return Received{.size_bytes = message.size()};
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) == (role_ == Role::kProducer)) Close();
    return {};
  }

 private:
  bool HasRoom() const { return queue_->messages.size() < queue_->options.capacity_messages; }

  void Close() {
    const std::lock_guard lock(queue_->mutex);
    if (std::exchange(is_closed_, true)) return;
    --(role_ == Role::kProducer ? queue_->producers : queue_->consumers);
    queue_->changed.notify_all();
  }

  std::shared_ptr<Queue> queue_;
  Role role_;
  bool is_closed_ = false;  // under the queue's mutex
};

class LoopbackChannel : public Channel {
 public:
  explicit LoopbackChannel(const Options& options) : queue_(std::make_shared<Queue>(options)) {}
  ~LoopbackChannel() override { Detach(); }

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    const std::lock_guard lock(queue_->mutex);
    if (queue_->is_detached) return Fail(Errc::kInvalidArgument, "attach after detach");
    ++(role == Role::kProducer ? queue_->producers : queue_->consumers);
    return std::make_unique<LoopbackEndpoint>(queue_, role);
  }

  void Detach() override {
    const std::lock_guard lock(queue_->mutex);
    queue_->is_detached = true;
    queue_->changed.notify_all();
  }

  Result<void> Unlink() override { return {}; }

 private:
  std::shared_ptr<Queue> queue_;
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  return std::make_unique<LoopbackChannel>(options);
}

}  // namespace

TransportKind Loopback() {
  return {.name = "loopback",
          .summary = "in one process: the reference",
          .traits = kTraits,
          .create = Create,
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace ipc_hammer
