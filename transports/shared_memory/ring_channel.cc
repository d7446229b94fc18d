#include "transports/shared_memory/ring_channel.h"

#include <atomic>

namespace ipc_hammer {
namespace {

class RingEndpoint : public Endpoint {
 public:
  RingEndpoint(std::shared_ptr<MessageRing> ring, Role role)
      : ring_(std::move(ring)), role_(role) {}

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
  std::shared_ptr<MessageRing> ring_;
  Role role_;
  std::atomic<bool> is_closed_ = false;
};

}  // namespace

std::unique_ptr<Endpoint> MakeRingEndpoint(std::shared_ptr<MessageRing> ring, Role role) {
  return std::make_unique<RingEndpoint>(std::move(ring), role);
}

Result<std::unique_ptr<Endpoint>> OpenRingEndpoint(MessageRing ring, Role role,
                                                   const Options& options) {
  if (ring.geometry().message_bytes_max != options.message_size_bytes) {
    return Fail(Errc::kInvalidArgument, "message size differs from the creator's");
  }
  return MakeRingEndpoint(std::make_shared<MessageRing>(std::move(ring)), role);
}

}  // namespace ipc_hammer
