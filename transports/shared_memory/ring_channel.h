// What all kinds that hold a ring for many senders and receivers have in common: their traits,
// their endpoints and their channel.
//
// Threads and processes: as transport.h says. The endpoints attached in one process share one
// mapping, which lives as long as the last of them, also after Unlink(). A forked child goes on
// with its own share. Blocking and errors: those of the ring.
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_CHANNEL_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_CHANNEL_H_

#include <atomic>
#include <limits>
#include <memory>
#include <utility>

#include "transports/shared_memory/message_ring.h"
#include "transports/sys/file_descriptor.h"
#include "transports/sys/named_channel.h"
#include "transports/transport.h"

namespace ipc_hammer {

inline constexpr Traits kRingTraits = {
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
    .keeps_queued = true,
    .persistence = Persistence::kKernel,
    .mechanism = MechanismFamily::kSharedMemory,
};

// `Ring` is a MessageRing or has its Send, Receive and WakeSleepers.
template <typename Ring>
class RingEndpoint : public Endpoint {
 public:
  RingEndpoint(std::shared_ptr<Ring> ring, Role role) : ring_(std::move(ring)), role_(role) {}

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
  std::shared_ptr<Ring> ring_;
  Role role_;
  std::atomic<bool> is_closed_ = false;
};

// A ring under a name.
template <typename Name, typename Ring = MessageRing>
using RingChannel = NamedChannel<Name, Ring, RingEndpoint<Ring>>;

// An endpoint of a ring that a stranger made. Errors: kInvalidArgument (the message size is not the
// one that is expected).
template <typename Ring>
Result<std::unique_ptr<Endpoint>> OpenRingEndpoint(Ring ring, Role role, const Options& options) {
  if (ring.message_bytes_max() != options.message_size_bytes) {
    return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
  }
  return std::make_unique<RingEndpoint<Ring>>(std::make_shared<Ring>(std::move(ring)), role);
}

// Fills `file` as `layout` says, gives it the name and makes the channel. Errors: kExists (someone
// who does not lock took the name), kPermission, kNoSpace, kSystem.
template <typename Ring, typename Name, typename Layout>
Result<std::unique_ptr<Channel>> PublishRing(Name name, const FileDescriptor& file,
                                             const Layout& layout) {
  Result<Ring> ring = Ring::Create(file.get(), layout);
  if (!ring) return std::unexpected(ring.error());
  if (Result<void> published = name.Publish(file); !published) {
    return std::unexpected(published.error());
  }
  return std::make_unique<RingChannel<Name, Ring>>(std::move(name),
                                                   std::make_shared<Ring>(*std::move(ring)));
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_CHANNEL_H_
