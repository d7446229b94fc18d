#include "transports/semaphore/sem_posix.h"

#include <semaphore.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "transports/semaphore/posix_semaphore.h"
#include "transports/semaphore/token_endpoint.h"
#include "transports/sys/arguments.h"
#include "transports/sys/mapping.h"
#include "transports/sys/named_channel.h"
#include "transports/sys/shm_file.h"

namespace ipc_hammer {
namespace {

constexpr char kName[] = "sem_posix";

constexpr Traits kTraits = [] {
  Traits traits = PosixSemaphoreTraits(Reach::kStrangers);
  traits.cloexec_from_birth = false;  // glibc 2.36: sem_open(3) has a plain one for a moment
  return traits;
}();

// One user of an open semaphore.
class NamedSemaphore : public PosixSemaphore {
 public:
  explicit NamedSemaphore(sem_t* sem) : PosixSemaphore(sem) {}
  ~NamedSemaphore() override { sem_close(sem()); }

  static Result<std::shared_ptr<NamedSemaphore>> Open(const std::string& text) {
    sem_t* sem = SEM_FAILED;
    do {
      sem = sem_open(("/" + text).c_str(), 0);
    } while (sem == SEM_FAILED && errno == EINTR);
    if (sem == SEM_FAILED) return FailErrno("sem_open");
    return std::make_shared<NamedSemaphore>(sem);
  }
};

std::string FileOf(const ChannelName& name) { return "sem." + name.text; }

Result<void> Initialise(const FileDescriptor& file) {
  const Result<Mapping> mapping = Mapping::Shared(file.get(), sizeof(sem_t));
  if (!mapping) return std::unexpected(mapping.error());
  if (sem_init(reinterpret_cast<sem_t*>(mapping->data()), 1, 0) != 0) return FailErrno("sem_init");
  return {};
}

Result<std::unique_ptr<Channel>> Create(const ChannelName& name, const Options& options) {
  if (Result<void> checked = CheckArguments(name, options, kTraits); !checked) {
    return std::unexpected(checked.error());
  }
  Result<ShmName> owned = ShmName::Claim(FileOf(name), ShmLockOf(name.text, kName));
  if (!owned) return std::unexpected(owned.error());
  const Result<FileDescriptor> file = MakeShmFile(sizeof(sem_t), options.mode);
  if (!file) return std::unexpected(file.error());
  Result<void> done = Initialise(*file);
  if (done) done = owned->Publish(*file);
  if (!done) return std::unexpected(done.error());
  Result<std::shared_ptr<NamedSemaphore>> semaphore = NamedSemaphore::Open(name.text);
  if (!semaphore) return std::unexpected(semaphore.error());
  return std::make_unique<NamedChannel<ShmName, NamedSemaphore, TokenEndpoint>>(
      *std::move(owned), *std::move(semaphore));
}

// Whether the file holds a semaphore of this C library. Everything behind the count has to be what
// sem_init makes of it: glibc aborts when it waits on anything else. A peer that scribbles on it
// later cannot be survived.
Result<void> CheckFormat(const FileDescriptor& file) {
  constexpr std::size_t kCountBytes = sizeof(std::uint64_t);
  sem_t made;
  std::memset(&made, 0, sizeof(made));
  if (sem_init(&made, 1, 0) != 0) return FailErrno("sem_init");
  const Result<Mapping> found = Mapping::Shared(file.get(), sizeof(sem_t));
  if (!found) return std::unexpected(found.error());
  if (std::memcmp(reinterpret_cast<const std::byte*>(&made) + kCountBytes,
                  found->data() + kCountBytes, sizeof(sem_t) - kCountBytes) != 0) {
    return Fail(Errc::kCorrupt, "format of a semaphore");
  }
  return {};
}

Result<std::unique_ptr<Endpoint>> Open(const ChannelName& name, Role role, const Options& options,
                                       Deadline) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  struct stat status;
  const Result<FileDescriptor> file = OpenShmFile(FileOf(name), options.mode, &status);
  if (!file) return std::unexpected(file.error());
  // sem_open maps a sem_t without a look at the size.
  if (status.st_size != static_cast<off_t>(sizeof(sem_t))) {
    return Fail(Errc::kCorrupt, "size of a semaphore");
  }
  if (Result<void> checked = CheckFormat(*file); !checked) return std::unexpected(checked.error());
  Result<std::shared_ptr<NamedSemaphore>> semaphore = NamedSemaphore::Open(name.text);
  if (!semaphore) return std::unexpected(semaphore.error());
  return std::make_unique<TokenEndpoint>(*std::move(semaphore), role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  return RemoveShmLeftover(FileOf(name), ShmLockOf(name.text, kName));
}

}  // namespace

TransportKind SemPosix() {
  return {.name = kName,
          .summary = "POSIX named semaphore, as tokens",
          .traits = kTraits,
          .create = Create,
          .open = Open,
          .unlink = Unlink};
}

}  // namespace ipc_hammer
