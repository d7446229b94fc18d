#include "transports/semaphore/sem_sysv.h"

#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "transports/semaphore/sysv_token_set.h"
#include "transports/semaphore/token_endpoint.h"
#include "transports/sys/arguments.h"
#include "transports/sys/sysv_key.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "sem_sysv";

constexpr Traits kTraits = {
    .shape = Shape::kTokens,
    .reach = Reach::kStrangers,
    .order = Order::kFifo,
    .producers_max = std::numeric_limits<std::uint32_t>::max(),
    .consumers_max = std::numeric_limits<std::uint32_t>::max(),
    .reopens_producer = true,
    .reopens_consumer = true,
    .end_of_file = EndOfFile::kNever,
    .close_wakes = false,
    .exact_capacity = true,
    .capacity_messages_max = kSysvTokensMax,
    .survives_kill = true,
    .keeps_queued = true,
    .persistence = Persistence::kKernel,
    .mechanism = MechanismFamily::kSemaphore,
};

class SemSysvChannel : public Channel {
 public:
  SemSysvChannel(SysvOwner owner, std::shared_ptr<SysvTokenSet> set)
      : owner_(std::move(owner)), set_(std::move(set)), creator_(getpid()) {}
  // Before owner_: the key is given up when there is nothing left under it.
  ~SemSysvChannel() override {
    if (creator_ == getpid()) (void)set_->Remove();
  }

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<TokenEndpoint>(set_, role);
  }
  void Detach() override {}
  Result<void> Unlink() override {
    if (creator_ != getpid()) return Fail(Errc::kPermission, "only the creator removes the name");
    return {};
  }

 private:
  SysvOwner owner_;
  std::shared_ptr<SysvTokenSet> set_;
  pid_t creator_;
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  Result<SysvOwner> owner = SysvOwner::Claim(kName, name.text);
  if (!owner) return std::unexpected(owner.error());
  const key_t key = SysvKey(kName, name.text);
  if (Result<void> removed = RemoveSysvLeftoverSet(key);
      !removed && removed.error().code != Errc::kNotFound) {
    return std::unexpected(removed.error());
  }
  Result<std::shared_ptr<SysvTokenSet>> set =
      SysvTokenSet::Make(key, options.capacity_messages, options.mode);
  if (!set) return std::unexpected(set.error());
  return std::make_unique<SemSysvChannel>(*std::move(owner), *std::move(set));
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  Result<std::shared_ptr<SysvTokenSet>> set =
      SysvTokenSet::Open(SysvKey(kName, name.text), options.mode, deadline);
  if (!set) return std::unexpected(set.error());
  return std::make_unique<TokenEndpoint>(*std::move(set), role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  const Result<SysvOwner> owner = SysvOwner::Claim(kName, name.text);
  if (!owner) return std::unexpected(owner.error());
  return RemoveSysvLeftoverSet(SysvKey(kName, name.text));
}

}  // namespace

TransportKind SemSysv() {
  return {.name = kName,
          .summary = "System V semaphore set, as tokens with an exact capacity",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
