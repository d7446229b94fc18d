// Kinds for the command line's own tests: one that is sound, one that loses messages, one that
// dies, one that cannot be created and one whose receiver does not hear that it is closed.
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/testing/flawed_kind.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {
namespace {

TransportKind Sound() {
  TransportKind kind = Loopback();
  kind.name = "sound";
  kind.summary = "loopback as it is";
  return kind;
}

TransportKind Losing() {
  TransportKind kind = Flawed(Loopback(), Flaw::kDrop);
  kind.name = "losing";
  kind.summary = "loopback that forgets messages";
  return kind;
}

TransportKind Dying() {
  TransportKind kind = Loopback();
  kind.name = "dying";
  kind.summary = "its third channel ends the process";
  auto created = std::make_shared<int>(0);
  kind.create = [create = std::move(kind.create), created](const ChannelName& name,
                                                           const Options& options) {
    // Not SIGSEGV and not abort(): sanitizers turn those into reports of their own.
    if (++*created == 3) std::raise(SIGKILL);
    return create(name, options);
  };
  return kind;
}

TransportKind Refused() {
  TransportKind kind = Loopback();
  kind.name = "refused";
  kind.summary = "there is never room for it";
  kind.create = [](const ChannelName&, const Options&) -> Result<std::unique_ptr<Channel>> {
    return Fail(Errc::kNoSpace, "create");
  };
  return kind;
}

// Only a conformance case closes what another thread waits on.
class DeafEndpoint final : public Endpoint {
 public:
  explicit DeafEndpoint(std::unique_ptr<Endpoint> inner) : inner_(std::move(inner)) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    return inner_->Send(payload, priority, deadline);
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    receiving_.store(true);
    auto received = inner_->Receive(buffer, deadline);
    receiving_.store(false);
    return received;
  }
  Result<void> CloseDirection(Direction direction) override {
    if (direction == Direction::kReceive && receiving_.load()) return {};
    return inner_->CloseDirection(direction);
  }

 private:
  const std::unique_ptr<Endpoint> inner_;
  std::atomic<bool> receiving_ = false;
};

class DeafChannel final : public Channel {
 public:
  explicit DeafChannel(std::unique_ptr<Channel> inner) : inner_(std::move(inner)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    auto attached = inner_->Attach(role, deadline);
    if (!attached) return attached;
    return std::make_unique<DeafEndpoint>(*std::move(attached));
  }
  void Detach() override { inner_->Detach(); }
  Result<void> Unlink() override { return inner_->Unlink(); }

 private:
  const std::unique_ptr<Channel> inner_;
};

TransportKind Deaf() {
  TransportKind kind = Loopback();
  kind.name = "deaf";
  kind.summary = "a close does not wake its receiver";
  kind.create = [create = std::move(kind.create)](
                    const ChannelName& name,
                    const Options& options) -> Result<std::unique_ptr<Channel>> {
    auto created = create(name, options);
    if (!created) return created;
    return std::make_unique<DeafChannel>(*std::move(created));
  };
  return kind;
}

}  // namespace

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Sound(), Losing(), Dying(), Refused(), Deaf()};
  return kinds;
}

}  // namespace ipc_hammer
