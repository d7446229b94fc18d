#include "transports/semaphore/sem_unnamed.h"

#include <semaphore.h>

#include <memory>
#include <utility>

#include "transports/semaphore/posix_semaphore.h"
#include "transports/semaphore/token_endpoint.h"
#include "transports/sys/arguments.h"
#include "transports/sys/mapping.h"

namespace ipc_hammer {
namespace {

constexpr Traits kTraits = PosixSemaphoreTraits(Reach::kRelatives);

// A semaphore and the memory that it lies in.
class MappedSemaphore : public PosixSemaphore {
 public:
  // REQUIRES: sem_init() has made what is at the beginning of `memory`.
  explicit MappedSemaphore(Mapping memory)
      : PosixSemaphore(reinterpret_cast<sem_t*>(memory.data())), memory_(std::move(memory)) {}

 private:
  Mapping memory_;
};

class UnnamedChannel : public Channel {
 public:
  explicit UnnamedChannel(std::shared_ptr<MappedSemaphore> semaphore)
      : semaphore_(std::move(semaphore)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<TokenEndpoint>(semaphore_, role);
  }
  void Detach() override {}
  Result<void> Unlink() override { return {}; }

 private:
  std::shared_ptr<MappedSemaphore> semaphore_;
};

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  Result<Mapping> memory = Mapping::Anonymous(sizeof(sem_t));
  if (!memory) return std::unexpected(memory.error());
  if (sem_init(reinterpret_cast<sem_t*>(memory->data()), 1, 0) != 0) return FailErrno("sem_init");
  return std::make_unique<UnnamedChannel>(std::make_shared<MappedSemaphore>(*std::move(memory)));
}

}  // namespace

TransportKind SemUnnamed() {
  return {.name = "sem_unnamed",
          .summary = "POSIX semaphore in an inherited mapping, as tokens, between relatives",
          .traits = kTraits,
          .create = Create,
          .open = nullptr,
          .unlink = nullptr};
}

}  // namespace ipc_hammer
