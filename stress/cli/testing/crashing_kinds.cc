// Kinds for replays: one whose send of too many bytes is an error that a sanitizer reports, and one
// that loses messages.
#include <memory>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/testing/flawed_kind.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kBytesMax = 17;

class CrashingEndpoint final : public Endpoint {
 public:
  explicit CrashingEndpoint(std::unique_ptr<Endpoint> inner) : inner_(std::move(inner)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    // Volatile: what is written nowhere could be left out.
    volatile std::byte* const nowhere = nullptr;
    if (payload.size() > kBytesMax) *nowhere = payload[0];
    return inner_->Send(payload, priority, deadline);
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    return inner_->Receive(buffer, deadline);
  }
  Result<void> CloseDirection(Direction direction) override {
    return inner_->CloseDirection(direction);
  }

 private:
  const std::unique_ptr<Endpoint> inner_;
};

class CrashingChannel final : public Channel {
 public:
  explicit CrashingChannel(std::unique_ptr<Channel> inner) : inner_(std::move(inner)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    auto attached = inner_->Attach(role, deadline);
    if (!attached) return attached;
    return std::make_unique<CrashingEndpoint>(*std::move(attached));
  }
  void Detach() override { inner_->Detach(); }
  Result<void> Unlink() override { return inner_->Unlink(); }

 private:
  const std::unique_ptr<Channel> inner_;
};

TransportKind Crashing() {
  TransportKind kind = Loopback();
  kind.name = "crashing";
  kind.summary = "a long message is written to nowhere";
  kind.create = [create = std::move(kind.create)](
                    const ChannelName& name,
                    const Options& options) -> Result<std::unique_ptr<Channel>> {
    auto created = create(name, options);
    if (!created) return created;
    return std::make_unique<CrashingChannel>(*std::move(created));
  };
  return kind;
}

TransportKind Losing() {
  TransportKind kind = Flawed(Loopback(), Flaw::kDrop);
  kind.name = "losing";
  kind.summary = "loopback that forgets messages";
  return kind;
}

}  // namespace

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Crashing(), Losing()};
  return kinds;
}

}  // namespace ipc_hammer
