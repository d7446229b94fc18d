#include "transports/framing/framed.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "transports/framing/frame.h"
#include "transports/framing/frame_receiver.h"
#include "transports/framing/frame_sender.h"
#include "transports/framing/stream_endpoint.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kMessageSizeMax = std::size_t{16} << 20;
// A private connection takes a frame of any size in parts; larger ones gain nothing.
constexpr std::size_t kPrivateFrameBytes = (std::size_t{32} << 10) + kFrameOverheadBytes;
constexpr std::size_t kFloorMessagesMax = 64;

// What the endpoints of a framed channel need to know of their byte kind.
struct Config {
  std::size_t message_size_bytes = 0;
  std::size_t frame_bytes_max = 0;
  bool private_connections = false;
};

class FramedEndpoint : public Endpoint {
 public:
  FramedEndpoint(std::unique_ptr<Endpoint> endpoint, Role role, const Config& config)
      : endpoint_(std::move(endpoint)),
        serves_(role == Role::kConsumer && config.private_connections
                    ? dynamic_cast<StreamEndpoint*>(endpoint_.get())
                    : nullptr),
        message_size_bytes_(config.message_size_bytes),
        sender_(*endpoint_, config.frame_bytes_max),
        receiver_(*endpoint_, config.message_size_bytes,
                  role == Role::kConsumer && config.private_connections) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority on a kind without");
    if (payload.size() > message_size_bytes_) return Fail(Errc::kTooLarge, "message size");
    if (IsClosed(Direction::kSend)) return Fail(Errc::kClosed, "send");
    const Result<std::uint32_t> peer = Peer();
    if (!peer) return std::unexpected(peer.error());
    const Result<void> sent = sender_.Send(*peer, payload, deadline);
    if (!sent) return std::unexpected(sent.error());
    return payload.size();
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    // Also here: messages that are read but not yet taken must not outlive the direction.
    if (IsClosed(Direction::kReceive)) return Fail(Errc::kClosed, "receive");
    Result<Received> got = receiver_.Receive(buffer, deadline);
    if (got && serves_ != nullptr) heard_.store(std::int64_t{got->source});
    return got;
  }

  Result<void> CloseDirection(Direction direction) override {
    closed_[static_cast<std::size_t>(direction)].store(true);
    return endpoint_->CloseDirection(direction);
  }

 private:
  static constexpr std::int64_t kNobody = -1;

  bool IsClosed(Direction direction) const {
    return closed_[static_cast<std::size_t>(direction)].load(std::memory_order_relaxed);
  }

  Result<std::uint32_t> Peer() {
    if (serves_ == nullptr) return 0;
    const std::int64_t heard = heard_.load();
    return heard != kNobody ? static_cast<std::uint32_t>(heard) : serves_->FirstPeer();
  }

  std::unique_ptr<Endpoint> endpoint_;
  StreamEndpoint* const serves_;  // endpoint_ where it has several peers to answer to
  const std::size_t message_size_bytes_;
  std::array<std::atomic<bool>, 2> closed_ = {};
  std::atomic<std::int64_t> heard_ = kNobody;  // the connection of the last received message
  FrameSender sender_;
  FrameReceiver receiver_;
};

class FramedChannel : public Channel {
 public:
  FramedChannel(std::unique_ptr<Channel> channel, const Config& config)
      : channel_(std::move(channel)), config_(config) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    Result<std::unique_ptr<Endpoint>> endpoint = channel_->Attach(role, deadline);
    if (!endpoint) return endpoint;
    return std::make_unique<FramedEndpoint>(*std::move(endpoint), role, config_);
  }
  void Detach() override { channel_->Detach(); }
  Result<void> Unlink() override { return channel_->Unlink(); }

 private:
  std::unique_ptr<Channel> channel_;
  const Config config_;
};

Config ConfigFor(const Traits& byte_traits, const Options& options) {
  const bool is_private = byte_traits.atomic_write_max == 0;
  return {.message_size_bytes = options.message_size_bytes,
          .frame_bytes_max = is_private ? kPrivateFrameBytes : byte_traits.atomic_write_max,
          .private_connections = is_private};
}

Traits FramedTraits(const Traits& byte_traits) {
  Traits traits = byte_traits;
  traits.shape = Shape::kMessages;
  traits.order = Order::kPerProducer;
  traits.exact_capacity = false;
  traits.atomic_write_max = 0;
  traits.message_size_max = kMessageSizeMax;
  // Each message has at least one frame; the last tenth is for the further frames of larger ones.
  traits.floor_messages = std::min(byte_traits.floor_messages, kFloorMessagesMax);
  const std::size_t overhead = traits.floor_messages * kFrameOverheadBytes;
  traits.floor_bytes =
      byte_traits.floor_bytes > overhead ? (byte_traits.floor_bytes - overhead) / 10 * 9 : 0;
  return traits;
}

auto FramedCreate(const TransportKind& byte_kind) {
  return [byte_kind](const ChannelName& name,
                     const Options& options) -> Result<std::unique_ptr<Channel>> {
    if (options.message_size_bytes > kMessageSizeMax) {
      return Fail(Errc::kTooLarge, "message size");
    }
    Result<std::unique_ptr<Channel>> channel = byte_kind.create(name, options);
    if (!channel) return channel;
    return std::make_unique<FramedChannel>(*std::move(channel),
                                           ConfigFor(byte_kind.traits, options));
  };
}

auto FramedOpen(const TransportKind& byte_kind) {
  return [byte_kind](const ChannelName& name, Role role, const Options& options,
                     Deadline deadline) -> Result<std::unique_ptr<Endpoint>> {
    Result<std::unique_ptr<Endpoint>> endpoint = byte_kind.open(name, role, options, deadline);
    if (!endpoint) return endpoint;
    return std::make_unique<FramedEndpoint>(*std::move(endpoint), role,
                                            ConfigFor(byte_kind.traits, options));
  };
}

}  // namespace

TransportKind Framed(TransportKind byte_kind) {
  TransportKind framed = {.name = byte_kind.name + "_framed",
                          .summary = byte_kind.summary + ", carrying messages in frames",
                          .traits = FramedTraits(byte_kind.traits),
                          .create = FramedCreate(byte_kind),
                          .open = nullptr,
                          .unlink = byte_kind.unlink};
  if (byte_kind.open) framed.open = FramedOpen(byte_kind);
  return framed;
}

}  // namespace ipc_hammer
