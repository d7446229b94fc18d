#include "transports/boost/boost_shm.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "transports/boost/boost_calls.h"
#include "transports/boost/boost_queue.h"
#include "transports/sys/arguments.h"
#include "transports/sys/mapping.h"
#include "transports/sys/named_channel.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

namespace bip = boost::interprocess;

constexpr char kName[] = "boost_shm";
constexpr char kQueueName[] = "queue";
constexpr std::size_t kSegmentBytesMax = 256 << 20;
// The segment's own structures, and the queue without its slots.
constexpr std::size_t kOverheadBytes = 16 << 10;

constexpr Traits kTraits = {
    .shape = Shape::kMessages,
    .reach = Reach::kStrangers,
    .order = Order::kFifo,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = std::numeric_limits<std::uint32_t>::max(),
    .reopens_producer = true,
    .reopens_consumer = true,
    .end_of_file = EndOfFile::kNever,
    .close_wakes = true,
    .exact_capacity = true,
    .capacity_messages_max = 4096,
    .message_size_max = std::size_t{1} << 20,
    .survives_kill = false,
    .wall_clock_deadlines = true,
    .reserves_memory = false,
    .keeps_queued = true,
    .persistence = Persistence::kKernel,
    .mechanism = MechanismFamily::kLibrary,
};

std::string FileOf(const ChannelName& name) { return name.text + "." + kName; }
std::string LockOf(const ChannelName& name) { return FileOf(name) + ".lock"; }
std::string MakingOf(const ChannelName& name) { return FileOf(name) + ".making"; }
std::string PathOf(const std::string& file) { return std::string(kShmFolder) + "/" + file; }

// A mapped segment and the queue in it.
struct BoostSegment {
  bip::managed_shared_memory memory;
  BoostQueue* queue = nullptr;
};

class BoostShmEndpoint : public Endpoint {
 public:
  BoostShmEndpoint(std::shared_ptr<BoostSegment> segment, Role role)
      : segment_(std::move(segment)), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "send by a consumer");
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority");
    return segment_->queue->Send(payload, is_closed_, deadline);
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "receive by a producer");
    const Result<std::size_t> size = segment_->queue->Receive(buffer, is_closed_, deadline);
    if (!size) return std::unexpected(size.error());
    return Received{.size_bytes = *size};
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) != (role_ == Role::kProducer)) return {};
    return is_closed_.exchange(true) ? Result<void>() : segment_->queue->WakeAll();
  }

 private:
  std::shared_ptr<BoostSegment> segment_;
  const Role role_;
  std::atomic<bool> is_closed_ = false;
};

// REQUIRES: the name is owned, so nobody else makes anything under `file`.
Result<std::shared_ptr<BoostSegment>> MakeSegment(const std::string& file, const Options& options) {
  const std::size_t bytes =
      BoostQueue::SlotBytes(options.capacity_messages, options.message_size_bytes) + kOverheadBytes;
  if (bytes > kSegmentBytesMax) return Fail(Errc::kTooLarge, "segment size");
  return CallBoost("managed_shared_memory create", [&] {
    auto segment = std::make_shared<BoostSegment>();
    segment->memory = bip::managed_shared_memory(bip::create_only, file.c_str(), bytes, nullptr,
                                                 bip::permissions(static_cast<int>(options.mode)));
    segment->queue = segment->memory.construct<BoostQueue>(kQueueName)(
        segment->memory, options.capacity_messages, options.message_size_bytes);
    return segment;
  });
}

// Removes what is half made. REQUIRES: the name is owned. Errors: kNotFound, kExists, kPermission,
// kSystem.
Result<void> RemoveMaking(const ChannelName& name) {
  const std::string path = PathOf(MakingOf(name));
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return FailErrno("lstat");
  if (!S_ISREG(status.st_mode)) return Fail(Errc::kExists, "the name is no regular file");
  if (status.st_uid != geteuid()) return Fail(Errc::kPermission, "the name is another user's");
  if (unlink(path.c_str()) != 0) return FailErrno("unlink");
  return {};
}

// Gives the finished file its name. Errors: kExists, kSystem.
Result<void> Publish(const ChannelName& name, ShmName& owned) {
  const std::string making = PathOf(MakingOf(name));
  if (renameat2(AT_FDCWD, making.c_str(), AT_FDCWD, PathOf(FileOf(name)).c_str(),
                RENAME_NOREPLACE) != 0) {
    return FailErrno("renameat2");
  }
  return owned.Adopt();
}

Result<std::unique_ptr<Channel>> CreateOwned(const ChannelName& name, const Options& options,
                                             ShmName owned) {
  const Result<void> removed = RemoveMaking(name);
  if (!removed && removed.error().code != Errc::kNotFound) return std::unexpected(removed.error());
  Result<std::shared_ptr<BoostSegment>> segment = MakeSegment(MakingOf(name), options);
  Result<void> published =
      segment ? Publish(name, owned) : Result<void>(std::unexpected(segment.error()));
  if (!published) {
    (void)RemoveMaking(name);
    return std::unexpected(published.error());
  }
  return std::make_unique<NamedChannel<ShmName, BoostSegment, BoostShmEndpoint>>(
      std::move(owned), *std::move(segment));
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  for (;;) {
    Result<ShmName> owned = ShmName::Claim(FileOf(name), LockOf(name));
    if (!owned) return std::unexpected(owned.error());
    Result<std::unique_ptr<Channel>> channel = CreateOwned(name, options, *std::move(owned));
    // Interrupted, which the library does not repeat.
    if (channel || channel.error().sys_errno != EINTR) return channel;
  }
}

// Whether the library can open the file without waiting: its first word says how far its creator
// has come. Errors: kCorrupt, and those of opening.
Result<void> CheckObject(const ChannelName& name, const Options& options) {
  constexpr std::uint32_t kIsMade = 2;  // InitializedSegment, which is private
  struct stat status;
  const Result<FileDescriptor> file = OpenShmFile(FileOf(name), options.mode, &status);
  if (!file) return std::unexpected(file.error());
  if (static_cast<std::size_t>(status.st_size) < kOverheadBytes) {
    return Fail(Errc::kCorrupt, "size of a segment");
  }
  const Result<Mapping> mapping = Mapping::Shared(file->get(), sizeof(kIsMade));
  if (!mapping) return std::unexpected(mapping.error());
  const std::uint32_t made =
      std::atomic_ref(*reinterpret_cast<std::uint32_t*>(mapping->data())).load();
  return made == kIsMade ? Result<void>() : Fail(Errc::kCorrupt, "state of a segment");
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  if (Result<void> usable = CheckObject(name, options); !usable) {
    return std::unexpected(usable.error());
  }
  const Result<std::shared_ptr<BoostSegment>> segment =
      CallBoost("managed_shared_memory open", [&] {
        auto opened = std::make_shared<BoostSegment>();
        opened->memory = bip::managed_shared_memory(bip::open_only, FileOf(name).c_str());
        opened->queue = opened->memory.find<BoostQueue>(kQueueName).first;
        return opened;
      });
  if (!segment) return std::unexpected(segment.error());
  if ((*segment)->queue == nullptr) return Fail(Errc::kCorrupt, "a segment without the queue");
  if ((*segment)->queue->message_bytes_max() != options.message_size_bytes) {
    return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
  }
  return std::make_unique<BoostShmEndpoint>(*segment, role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  Result<void> removed_making;
  {
    const Result<NameLock> lock = LockShmName(LockOf(name));
    if (!lock) return std::unexpected(lock.error());
    removed_making = RemoveMaking(name);
  }
  Result<void> removed = RemoveShmLeftover(FileOf(name), LockOf(name));
  if (!removed && removed.error().code == Errc::kNotFound) return removed_making;
  return removed;
}

}  // namespace

TransportKind BoostShm() {
  return {.name = kName,
          .summary = "queue in Boost.Interprocess managed_shared_memory, its mutex and condition",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
