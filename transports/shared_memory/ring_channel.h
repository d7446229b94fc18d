// What all kinds that hold a MessageRing have in common: their traits, their endpoints and, for
// those that only differ in where the ring's name is, their channel.
//
// Threads and processes: as transport.h says. The endpoints attached in one process share one
// mapping, which lives as long as the last of them, also after Unlink(). A forked child goes on
// with its own share. Blocking and errors: those of MessageRing.
#ifndef IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_CHANNEL_H_
#define IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_CHANNEL_H_

#include <limits>
#include <memory>
#include <utility>

#include "transports/shared_memory/message_ring.h"
#include "transports/sys/file_descriptor.h"
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
    .persistent = true,
};

std::unique_ptr<Endpoint> MakeRingEndpoint(std::shared_ptr<MessageRing> ring, Role role);

// An endpoint of a ring that a stranger made. Errors: kInvalidArgument (the message size is not the
// one that is expected).
Result<std::unique_ptr<Endpoint>> OpenRingEndpoint(MessageRing ring, Role role,
                                                   const Options& options);

// A ring under a name. `Name` owns it: Result<void> Remove() in the creator, DropInChild() in a
// forked child, as NamedFile has them.
template <typename Name>
class RingChannel : public Channel {
 public:
  RingChannel(Name name, MessageRing ring)
      : name_(std::move(name)), ring_(std::make_shared<MessageRing>(std::move(ring))) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return MakeRingEndpoint(ring_, role);
  }
  void Detach() override { name_.DropInChild(); }
  Result<void> Unlink() override { return name_.Remove(); }

 private:
  Name name_;
  std::shared_ptr<MessageRing> ring_;
};

// Fills `file`, gives it the name and makes the channel. Errors: kExists (someone who does not lock
// took the name), kPermission, kNoSpace, kSystem.
template <typename Name>
Result<std::unique_ptr<Channel>> PublishRing(Name name, const FileDescriptor& file,
                                             const RingGeometry& geometry) {
  Result<MessageRing> ring = MessageRing::Create(file.get(), geometry);
  if (!ring) return std::unexpected(ring.error());
  if (Result<void> published = name.Publish(file); !published) {
    return std::unexpected(published.error());
  }
  return std::make_unique<RingChannel<Name>>(std::move(name), *std::move(ring));
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SHARED_MEMORY_RING_CHANNEL_H_
