#include "properties/testing/flawed_kind.h"

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "properties/program/payload.h"

namespace ipc_hammer {
namespace {

constexpr std::array kFlaws = {
    FlawInfo{Flaw::kDrop, "drop", Rule::kNoLoss},
    FlawInfo{Flaw::kDuplicate, "duplicate", Rule::kNoDuplicate},
    FlawInfo{Flaw::kFlipBit, "flip_bit", Rule::kIntegrity},
    FlawInfo{Flaw::kTruncate, "truncate", Rule::kBoundaries},
    FlawInfo{Flaw::kSwap, "swap", Rule::kOrder},
    FlawInfo{Flaw::kResurrect, "resurrect", Rule::kNoInvention},
    FlawInfo{Flaw::kFullTooEarly, "full_too_early", Rule::kCapacity},
    FlawInfo{Flaw::kEmptyTooEarly, "empty_too_early", Rule::kCapacity},
    FlawInfo{Flaw::kTooLargeOk, "too_large_ok", Rule::kLimits},
    FlawInfo{Flaw::kSmallBufferOk, "small_buffer_ok", Rule::kBoundaries},
    FlawInfo{Flaw::kEndBeforeData, "end_before_data", Rule::kClose},
    FlawInfo{Flaw::kNoEnd, "no_end", Rule::kClose},
    FlawInfo{Flaw::kSendAfterClose, "send_after_close", Rule::kClose},
    FlawInfo{Flaw::kOverrun, "overrun", Rule::kBoundaries},
};
static_assert(kFlaws.size() == kFlawCount);

using Bytes = std::vector<std::byte>;

// What the endpoints of one channel share.
struct State {
  std::atomic<std::uint32_t> sends{0}, receives{0};
  std::mutex mutex;
  Bytes held;  // kSwap, kResurrect: a message to deliver later
  bool holding = false;
};

class FlawedEndpoint final : public Endpoint {
 public:
  FlawedEndpoint(std::unique_ptr<Endpoint> inner, Flaw flaw, std::size_t size,
                 std::shared_ptr<State> state)
      : inner_(std::move(inner)), flaw_(flaw), size_(size), state_(std::move(state)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    const bool seventh = ++state_->sends % 7 == 0;
    switch (flaw_) {
      case Flaw::kDrop:
        if (seventh) return payload.size();
        break;
      case Flaw::kDuplicate:
        if (auto sent = inner_->Send(payload, priority, deadline); !sent || !seventh) return sent;
        static_cast<void>(inner_->Send(payload, priority, Deadline::Now()));
        return payload.size();
      case Flaw::kFlipBit:
        if (seventh && !payload.empty()) return SendChanged(payload, priority, deadline, false);
        break;
      case Flaw::kTruncate:
        if (seventh && !payload.empty()) return SendChanged(payload, priority, deadline, true);
        break;
      case Flaw::kSwap:
      case Flaw::kResurrect:
        return SendLater(payload, priority, deadline, seventh);
      case Flaw::kFullTooEarly:
        if (seventh) return Fail(deadline.expired(), "flaw");
        break;
      case Flaw::kTooLargeOk:
        if (payload.size() > size_) {
          auto sent = inner_->Send(payload.first(size_), priority, deadline);
          if (sent) return payload.size();
        }
        break;
      case Flaw::kSendAfterClose:
        if (auto sent = inner_->Send(payload, priority, deadline);
            sent || sent.error().code != Errc::kClosed) {
          return sent;
        }
        return payload.size();
      default:
        break;
    }
    return inner_->Send(payload, priority, deadline);
  }

  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    const bool seventh = ++state_->receives % 7 == 0;
    if (flaw_ == Flaw::kEmptyTooEarly && seventh && buffer.size() >= size_) {
      return Fail(deadline.expired(), "flaw");
    }
    if (flaw_ == Flaw::kEndBeforeData && seventh) return Fail(Errc::kPeerClosed, "flaw");
    if (flaw_ == Flaw::kSmallBufferOk && buffer.size() < size_) {
      Bytes large(size_);
      auto received = inner_->Receive(large, deadline);
      if (!received) return received;
      received->size_bytes = std::min(received->size_bytes, buffer.size());
      std::memcpy(buffer.data(), large.data(), received->size_bytes);
      return received;
    }
    auto received = inner_->Receive(buffer, deadline);
    if (flaw_ == Flaw::kNoEnd && !received && received.error().code == Errc::kPeerClosed) {
      return Fail(deadline.expired(), "flaw");
    }
    if (flaw_ == Flaw::kResurrect && !received && received.error().code == Errc::kWouldBlock) {
      const std::lock_guard lock(state_->mutex);
      if (!std::exchange(state_->holding, false)) return received;
      std::memcpy(buffer.data(), state_->held.data(), state_->held.size());
      return Received{.size_bytes = state_->held.size()};
    }
    if (flaw_ == Flaw::kOverrun && received && seventh) {
      buffer.data()[buffer.size()] ^= std::byte{1};
    }
    return received;
  }

  Result<void> CloseDirection(Direction direction) override {
    return inner_->CloseDirection(direction);
  }

 private:
  Result<std::size_t> SendChanged(std::span<const std::byte> payload, std::uint32_t priority,
                                  Deadline deadline, bool shorter) {
    Bytes changed(payload.begin(), payload.end());
    if (shorter) {
      changed.pop_back();
    } else {
      changed.back() ^= std::byte{0x10};
    }
    auto sent = inner_->Send(changed, priority, deadline);
    if (!sent) return sent;
    return payload.size();
  }

  // kSwap holds every 7th message back until the next one has gone; kResurrect one that was refused
  // until a receive finds nothing.
  Result<std::size_t> SendLater(std::span<const std::byte> payload, std::uint32_t priority,
                                Deadline deadline, bool seventh) {
    const std::lock_guard lock(state_->mutex);
    const bool may_hold = flaw_ == Flaw::kSwap ? seventh : true;
    if (flaw_ == Flaw::kSwap && may_hold && !state_->holding) return Hold(payload);
    auto sent = inner_->Send(payload, priority, deadline);
    if (flaw_ == Flaw::kSwap && sent && state_->holding &&
        inner_->Send(state_->held, priority, Deadline::Now())) {
      state_->holding = false;
    }
    if (flaw_ == Flaw::kResurrect && !sent && sent.error().code == Errc::kWouldBlock &&
        !state_->holding && payload.size() >= kPayloadHeaderBytes) {
      static_cast<void>(Hold(payload));
    }
    return sent;
  }

  std::size_t Hold(std::span<const std::byte> payload) {
    state_->held.assign(payload.begin(), payload.end());
    state_->holding = true;
    return payload.size();
  }

  std::unique_ptr<Endpoint> inner_;
  Flaw flaw_;
  std::size_t size_;
  std::shared_ptr<State> state_;
};

class FlawedChannel final : public Channel {
 public:
  FlawedChannel(std::unique_ptr<Channel> inner, Flaw flaw, std::size_t size)
      : inner_(std::move(inner)), flaw_(flaw), size_(size) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    auto endpoint = inner_->Attach(role, deadline);
    if (!endpoint) return endpoint;
    return std::make_unique<FlawedEndpoint>(*std::move(endpoint), flaw_, size_, state_);
  }
  void Detach() override { inner_->Detach(); }
  Result<void> Unlink() override { return inner_->Unlink(); }

 private:
  std::unique_ptr<Channel> inner_;
  Flaw flaw_;
  std::size_t size_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::span<const FlawInfo> AllFlaws() { return kFlaws; }

TransportKind Flawed(TransportKind kind, Flaw flaw) {
  kind.name.append("_").append(kFlaws[static_cast<std::size_t>(flaw)].name);
  kind.open = nullptr;  // endpoints come from the channel, which knows the flaw's state
  kind.unlink = nullptr;
  kind.traits.reach = Reach::kThreads;
  kind.create = [create = kind.create, flaw](
                    const ChannelName& name,
                    const Options& options) -> Result<std::unique_ptr<Channel>> {
    auto channel = create(name, options);
    if (!channel) return channel;
    return std::make_unique<FlawedChannel>(*std::move(channel), flaw, options.message_size_bytes);
  };
  return kind;
}

}  // namespace ipc_hammer
