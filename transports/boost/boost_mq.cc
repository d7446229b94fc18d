#include "transports/boost/boost_mq.h"

#include <atomic>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "transports/boost/boost_calls.h"
#include "transports/sys/arguments.h"
#include "transports/sys/deadlines.h"
#include "transports/sys/mapping.h"
#include "transports/sys/named_channel.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

namespace bip = boost::interprocess;

constexpr char kName[] = "boost_mq";
// How often an unfinished file is looked at again.
constexpr std::chrono::milliseconds kOpenSlice{1};

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
    .exact_capacity = true,
    .capacity_messages_max = 65536,
    .message_size_max = std::size_t{1} << 20,
    .priorities = std::numeric_limits<std::uint32_t>::max(),
    .survives_kill = false,
    .deadline_beside_stopped = false,
    .wall_clock_deadlines = true,
    .reserves_memory = false,
    .keeps_queued = true,
    .persistence = Persistence::kKernel,
    .mechanism = MechanismFamily::kLibrary,
};

std::string FileOf(const ChannelName& name) { return name.text + "." + kName; }
std::string LockOf(const ChannelName& name) { return FileOf(name) + ".lock"; }

using Queue = bip::message_queue;
using QueueHeader = bip::ipcdetail::mq_hdr_t<bip::offset_ptr<void>>;

class BoostMqEndpoint : public Endpoint {
 public:
  BoostMqEndpoint(std::shared_ptr<Queue> queue, Role role)
      : queue_(std::move(queue)), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "send by a consumer");
    if (priority >= kTraits.priorities) return Fail(Errc::kInvalidArgument, "priority");
    // An empty span may have no address, and the library copies from it.
    const void* data = payload.empty() ? static_cast<const void*>("") : payload.data();
    const Result<void> sent = Repeat("message_queue::send", deadline, [&] {
      if (deadline.is_now()) return queue_->try_send(data, payload.size(), priority);
      return queue_->timed_send(data, payload.size(), priority, ToWallClock(deadline));
    });
    if (!sent) return std::unexpected(sent.error());
    return payload.size();
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "receive by a producer");
    Queue::size_type size = 0;
    unsigned priority = 0;
    const Result<void> got = Repeat("message_queue::receive", deadline, [&] {
      if (deadline.is_now()) {
        return queue_->try_receive(buffer.data(), buffer.size(), size, priority);
      }
      return queue_->timed_receive(buffer.data(), buffer.size(), size, priority,
                                   ToWallClock(deadline));
    });
    if (!got) return std::unexpected(got.error());
    return Received{.size_bytes = size, .priority = priority};
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) == (role_ == Role::kProducer)) is_closed_.store(true);
    return {};
  }

 private:
  // `attempt` until it is done. It says that its time is over when the wall clock says so, which
  // can be before the deadline.
  template <typename Attempt>
  Result<void> Repeat(const char* call, Deadline deadline, Attempt attempt) {
    while (!is_closed_.load()) {
      const Result<bool> done = CallBoost(call, attempt);
      if (!done) return std::unexpected(done.error());
      if (*done) return {};
      if (!is_closed_.load() && deadline.HasPassed()) return Fail(deadline.expired(), call);
    }
    return Fail(Errc::kClosed, call);
  }

  std::shared_ptr<Queue> queue_;
  const Role role_;
  std::atomic<bool> is_closed_ = false;
};

// REQUIRES: the name is owned and free.
Result<std::shared_ptr<Queue>> MakeQueue(const std::string& file, const Options& options) {
  return CallBoost("message_queue create", [&] {
    return std::make_shared<Queue>(bip::create_only, file.c_str(), options.capacity_messages,
                                   options.message_size_bytes,
                                   bip::permissions(static_cast<int>(options.mode)));
  });
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  for (;;) {
    Result<ShmName> owned = ShmName::Claim(FileOf(name), LockOf(name));
    if (!owned) return std::unexpected(owned.error());
    Result<std::shared_ptr<Queue>> queue = MakeQueue(FileOf(name), options);
    // Also what a creation has left that failed half-way, so that it is removed.
    const Result<void> adopted = owned->Adopt();
    if (!queue && queue.error().sys_errno == EINTR) continue;  // which the library does not repeat
    if (!queue) return std::unexpected(queue.error());
    if (!adopted) return std::unexpected(adopted.error());
    return std::make_unique<NamedChannel<ShmName, Queue, BoostMqEndpoint>>(*std::move(owned),
                                                                           *std::move(queue));
  }
}

// In front of a queue the library keeps a word that says how far its creator has come.
constexpr std::uint32_t kIsMade = 2;  // InitializedSegment, which is private
constexpr std::size_t kHeaderAt =
    bip::ipcdetail::managed_open_or_create_impl<bip::shared_memory_object, 0, true,
                                                false>::ManagedOpenOrCreateUserOffset;

// Whether the library can open the file without waiting and without leaving its memory.
// Errors: kWouldBlock (its creator has not come to the end), kCorrupt, kInvalidArgument (another
// message size), and those of opening.
Result<void> CheckObject(const ChannelName& name, const Options& options) {
  struct stat status;
  const Result<FileDescriptor> file = OpenShmFile(FileOf(name), options.mode, &status);
  if (!file) return std::unexpected(file.error());
  if (status.st_size == 0) return Fail(Errc::kWouldBlock, "message_queue without a size");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < kHeaderAt + sizeof(QueueHeader)) return Fail(Errc::kCorrupt, "size of a queue");
  const Result<Mapping> mapping = Mapping::Shared(file->get(), kHeaderAt + sizeof(QueueHeader));
  if (!mapping) return std::unexpected(mapping.error());
  const std::uint32_t made =
      std::atomic_ref(*reinterpret_cast<std::uint32_t*>(mapping->data())).load();
  if (made < kIsMade) return Fail(Errc::kWouldBlock, "message_queue being made");
  if (made > kIsMade) return Fail(Errc::kCorrupt, "state of a queue");
  const auto& header = *reinterpret_cast<const QueueHeader*>(mapping->data() + kHeaderAt);
  const std::size_t messages = header.m_max_num_msg;
  const std::size_t message_bytes = header.m_max_msg_size;
  if (messages == 0 || messages > size || message_bytes > size / messages ||
      QueueHeader::get_mem_size(message_bytes, messages) != size) {
    return Fail(Errc::kCorrupt, "header of a queue");
  }
  if (message_bytes == options.message_size_bytes) return {};
  return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  Result<void> usable = CheckObject(name, options);
  while (!usable && usable.error().code == Errc::kWouldBlock) {
    if (deadline.HasPassed()) return Fail(deadline.expired(), "message_queue being made");
    SleepWithin(deadline, kOpenSlice);
    usable = CheckObject(name, options);
  }
  if (!usable) return std::unexpected(usable.error());
  Result<std::shared_ptr<Queue>> queue = CallBoost("message_queue open", [&] {
    return std::make_shared<Queue>(bip::open_only, FileOf(name).c_str());
  });
  if (!queue) return std::unexpected(queue.error());
  return std::make_unique<BoostMqEndpoint>(*std::move(queue), role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  return RemoveShmLeftover(FileOf(name), LockOf(name));
}

}  // namespace

TransportKind BoostMq() {
  return {.name = kName,
          .summary = "Boost.Interprocess message_queue, with priorities",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
