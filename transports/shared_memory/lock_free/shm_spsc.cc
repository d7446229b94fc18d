#include "transports/shared_memory/lock_free/shm_spsc.h"

#include <array>
#include <atomic>
#include <memory>
#include <utility>

#include "transports/shared_memory/lock_free/role_lock.h"
#include "transports/shared_memory/lock_free/spsc_ring.h"
#include "transports/shared_memory/ring_channel.h"
#include "transports/sys/arguments.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "shm_spsc";

// As other rings, but for one of each role.
constexpr Traits kTraits = [] {
  Traits traits = kRingTraits;
  traits.producers_max = traits.consumers_max = 1;
  return traits;
}();

// Which roles this process's endpoints of one channel have.
using Taken = std::array<std::atomic<bool>, 2>;

// A role: in this process, where its channel keeps account of it, and on the machine.
class HeldRole {
 public:
  static Result<HeldRole> Acquire(FileDescriptor object, Role role, std::shared_ptr<Taken> taken,
                                  Deadline deadline) {
    std::atomic<bool>& mine = (*taken)[static_cast<std::size_t>(role)];
    if (mine.exchange(true)) return Fail(Errc::kInvalidArgument, "the channel has that role");
    Result<RoleLock> lock = RoleLock::Acquire(std::move(object), role, deadline);
    if (!lock) {
      mine.store(false);
      return std::unexpected(lock.error());
    }
    return HeldRole(*std::move(lock), role, std::move(taken));
  }
  HeldRole(HeldRole&&) = default;
  HeldRole& operator=(HeldRole&&) = delete;
  ~HeldRole() {
    if (taken_ == nullptr) return;
    lock_.reset();  // before: who is let in by the one has to be let in by the other
    (*taken_)[static_cast<std::size_t>(role_)].store(false);
  }

 private:
  HeldRole(RoleLock lock, Role role, std::shared_ptr<Taken> taken)
      : lock_(std::make_unique<RoleLock>(std::move(lock))), role_(role), taken_(std::move(taken)) {}
  std::unique_ptr<RoleLock> lock_;
  Role role_;
  std::shared_ptr<Taken> taken_;
};

class Producer : public Endpoint {
 public:
  Producer(HeldRole role, std::shared_ptr<const SpscRing> ring)
      : role_(std::move(role)), side_(std::move(ring), Role::kProducer) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority");
    return side_.Send(payload, deadline);
  }
  Result<Received> Receive(std::span<std::byte>, Deadline) override {
    return Fail(Errc::kInvalidArgument, "a producer receives");
  }
  Result<void> CloseDirection(Direction direction) override {
    if (direction == Direction::kSend) side_.Close();
    return {};
  }

 private:
  HeldRole role_;
  SpscSide side_;
};

class Consumer : public Endpoint {
 public:
  Consumer(HeldRole role, std::shared_ptr<const SpscRing> ring)
      : role_(std::move(role)), side_(std::move(ring), Role::kConsumer) {}

  Result<std::size_t> Send(std::span<const std::byte>, std::uint32_t, Deadline) override {
    return Fail(Errc::kInvalidArgument, "a consumer sends");
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    const Result<std::size_t> size = side_.Receive(buffer, deadline);
    if (!size) return std::unexpected(size.error());
    return Received{.size_bytes = *size};
  }
  Result<void> CloseDirection(Direction direction) override {
    if (direction == Direction::kReceive) side_.Close();
    return {};
  }

 private:
  HeldRole role_;
  SpscSide side_;
};

Result<std::unique_ptr<Endpoint>> MakeEndpoint(FileDescriptor object, Role role,
                                               std::shared_ptr<Taken> taken,
                                               std::shared_ptr<const SpscRing> ring,
                                               Deadline deadline) {
  Result<HeldRole> held = HeldRole::Acquire(std::move(object), role, std::move(taken), deadline);
  if (!held) return std::unexpected(held.error());
  if (role == Role::kProducer) return std::make_unique<Producer>(*std::move(held), std::move(ring));
  return std::make_unique<Consumer>(*std::move(held), std::move(ring));
}

class SpscChannel : public Channel {
 public:
  SpscChannel(ShmName name, FileDescriptor object, SpscRing ring)
      : name_(std::move(name)),
        object_(std::move(object)),
        ring_(std::make_shared<const SpscRing>(std::move(ring))) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    Result<FileDescriptor> again = OpenAgain(object_);
    if (!again) return std::unexpected(again.error());
    return MakeEndpoint(*std::move(again), role, taken_, ring_, deadline);
  }
  void Detach() override { name_.DropInChild(); }
  Result<void> Unlink() override { return name_.Remove(); }

 private:
  ShmName name_;
  FileDescriptor object_;
  std::shared_ptr<const SpscRing> ring_;
  std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  Result<void> checked = CheckShmName(name.text);
  if (checked) checked = CheckArguments(name, options, kTraits);
  if (!checked) return std::unexpected(checked.error());
  const Result<RingPreamble> preamble =
      SpscRing::PreambleFor(options.capacity_messages, options.message_size_bytes);
  if (!preamble) return std::unexpected(preamble.error());

  Result<ShmName> owned = ShmName::Claim(name.text, ShmLockOf(name.text, kName));
  if (!owned) return std::unexpected(owned.error());
  Result<FileDescriptor> file = MakeShmFile(preamble->size_bytes, options.mode);
  if (!file) return std::unexpected(file.error());
  Result<SpscRing> ring = SpscRing::Create(file->get(), *preamble);
  if (!ring) return std::unexpected(ring.error());
  if (Result<void> published = owned->Publish(*file); !published) {
    return std::unexpected(published.error());
  }
  return std::make_unique<SpscChannel>(*std::move(owned), *std::move(file), *std::move(ring));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  if (Result<void> checked = CheckShmName(name.text); !checked)
    return std::unexpected(checked.error());
  struct stat status;
  Result<FileDescriptor> file = OpenShmFile(name.text, options.mode, &status);
  if (!file) return std::unexpected(file.error());
  Result<SpscRing> ring = SpscRing::Open(file->get(), static_cast<std::uint64_t>(status.st_size));
  if (!ring) return std::unexpected(ring.error());
  if (ring->message_bytes_max() != options.message_size_bytes) {
    return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
  }
  return MakeEndpoint(*std::move(file), role, std::make_shared<Taken>(),
                      std::make_shared<const SpscRing>(*std::move(ring)), deadline);
}

Result<void> Unlink(const ChannelName& name) {
  if (Result<void> checked = CheckShmName(name.text); !checked) return checked;
  return RemoveShmLeftover(name.text, ShmLockOf(name.text, kName));
}

}  // namespace

TransportKind ShmSpsc() {
  return {.name = kName,
          .summary = "lock-free ring in POSIX shared memory, one producer, one consumer",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
