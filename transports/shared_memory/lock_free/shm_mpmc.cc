#include "transports/shared_memory/lock_free/shm_mpmc.h"

#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "transports/shared_memory/lock_free/mpmc_ring.h"
#include "transports/shared_memory/message_ring.h"
#include "transports/sys/arguments.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "shm_mpmc";

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
    .capacity_messages_max = kRingMessagesMax,
    .message_size_max = kRingMessageBytesMax,
    .survives_kill = true,
    .persistent = true,
};

class MpmcEndpoint : public Endpoint {
 public:
  MpmcEndpoint(std::shared_ptr<MpmcRing> ring, Role role) : ring_(std::move(ring)), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "a consumer sends");
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority");
    return ring_->Send(payload, is_closed_, deadline);
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "a producer receives");
    const Result<std::size_t> size = ring_->Receive(buffer, is_closed_, deadline);
    if (!size) return std::unexpected(size.error());
    return Received{.size_bytes = *size};
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) != (role_ == Role::kProducer)) return {};
    if (!is_closed_.exchange(true, std::memory_order_relaxed)) ring_->WakeSleepers();
    return {};
  }

 private:
  std::shared_ptr<MpmcRing> ring_;
  Role role_;
  std::atomic<bool> is_closed_ = false;
};

class MpmcChannel : public Channel {
 public:
  MpmcChannel(ShmName name, MpmcRing ring)
      : name_(std::move(name)), ring_(std::make_shared<MpmcRing>(std::move(ring))) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<MpmcEndpoint>(ring_, role);
  }
  void Detach() override { name_.DropInChild(); }
  Result<void> Unlink() override { return name_.Remove(); }

 private:
  ShmName name_;
  std::shared_ptr<MpmcRing> ring_;
};

std::string LockOf(const ChannelName& name) { return name.text + "." + kName + ".lock"; }

Result<void> CheckName(const ChannelName& name) {
  const std::string_view text = name.text;
  if (!IsChannelName(text) || text.starts_with("sem.") || text.ends_with(".lock")) {
    return Fail(Errc::kInvalidArgument, "channel name");
  }
  return {};
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  Result<void> checked = CheckName(name);
  if (checked) checked = CheckArguments(name, options, kTraits);
  if (!checked) return std::unexpected(checked.error());
  const Result<RingPreamble> preamble =
      MpmcRing::PreambleFor(options.capacity_messages, options.message_size_bytes);
  if (!preamble) return std::unexpected(preamble.error());

  Result<ShmName> owned = ShmName::Claim(name.text, LockOf(name));
  if (!owned) return std::unexpected(owned.error());
  const Result<FileDescriptor> file = MakeShmFile(preamble->size_bytes, options.mode);
  if (!file) return std::unexpected(file.error());
  Result<MpmcRing> ring = MpmcRing::Create(file->get(), *preamble);
  if (!ring) return std::unexpected(ring.error());
  if (Result<void> published = owned->Publish(*file); !published) {
    return std::unexpected(published.error());
  }
  return std::make_unique<MpmcChannel>(*std::move(owned), *std::move(ring));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (Result<void> checked = CheckName(name); !checked) return std::unexpected(checked.error());
  struct stat status;
  const Result<FileDescriptor> file = OpenShmFile(name.text, options.mode, &status);
  if (!file) return std::unexpected(file.error());
  Result<MpmcRing> ring = MpmcRing::Open(file->get(), static_cast<std::uint64_t>(status.st_size));
  if (!ring) return std::unexpected(ring.error());
  if (ring->preamble().message_bytes_max != options.message_size_bytes) {
    return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
  }
  return std::make_unique<MpmcEndpoint>(std::make_shared<MpmcRing>(*std::move(ring)), role);
}

Result<void> Unlink(const ChannelName& name) {
  if (Result<void> checked = CheckName(name); !checked) return checked;
  return RemoveShmLeftover(name.text, LockOf(name));
}

}  // namespace

TransportKind ShmMpmc() {
  return {.name = kName,
          .summary = "ring in POSIX shared memory with an owner for each slot, many to many",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
