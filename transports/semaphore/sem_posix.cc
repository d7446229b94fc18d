#include "transports/semaphore/sem_posix.h"

#include <semaphore.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "transports/sys/arguments.h"
#include "transports/sys/deadlines.h"
#include "transports/sys/mapping.h"
#include "transports/sys/shm_file.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define IPC_HAMMER_TSAN 1
#endif
#endif

namespace ipc_hammer {
namespace {

constexpr char kName[] = "sem_posix";

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
    .floor_messages = SEM_VALUE_MAX,
    .floor_bytes = 1,  // tokens have none
    .survives_kill = true,
    .persistent = true,
};

// One user of an open semaphore.
class Semaphore {
 public:
  explicit Semaphore(sem_t* sem) : sem_(sem) {}
  ~Semaphore() { sem_close(sem_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  static Result<std::shared_ptr<Semaphore>> Open(const std::string& text) {
    sem_t* sem = SEM_FAILED;
    do {
      sem = sem_open(("/" + text).c_str(), 0);
    } while (sem == SEM_FAILED && errno == EINTR);
    if (sem == SEM_FAILED) return FailErrno("sem_open");
    return std::make_shared<Semaphore>(sem);
  }

  Result<void> Post() {
    if (sem_post(sem_) == 0) return {};
    return FailErrno("sem_post");  // EOVERFLOW is kTooLarge
  }

  Result<void> TryWait() {
    int result = -1;
    do {
      result = sem_trywait(sem_);
    } while (result != 0 && errno == EINTR);
    if (result == 0) return {};
    return FailErrno("sem_trywait");
  }

  // Errors: kTimedOut, also for no reason.
  Result<void> Wait(Deadline deadline) {
    const timespec until = deadline.Absolute();
    if (sem_clockwait(sem_, CLOCK_MONOTONIC, &until) == 0) {
#ifdef IPC_HAMMER_TSAN
      __tsan_acquire(sem_);  // it knows sem_post and the other waits, but not this one
#endif
      return {};
    }
    if (errno == EINTR) return Fail(Errc::kTimedOut, "sem_clockwait", EINTR);
    return FailErrno("sem_clockwait");
  }

 private:
  sem_t* sem_;
};

class SemEndpoint : public Endpoint {
 public:
  SemEndpoint(std::shared_ptr<Semaphore> semaphore, Role role)
      : semaphore_(std::move(semaphore)), role_(role) {}

  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline) override {
    if (role_ != Role::kProducer) return Fail(Errc::kInvalidArgument, "a consumer sends");
    if (!payload.empty()) return Fail(Errc::kTooLarge, "a token has no payload");
    if (priority != 0) return Fail(Errc::kInvalidArgument, "priority");
    if (is_closed_.load()) return Fail(Errc::kClosed, "semaphore");
    if (Result<void> posted = semaphore_->Post(); !posted) return std::unexpected(posted.error());
    return 0;
  }

  Result<Received> Receive(std::span<std::byte>, Deadline deadline) override {
    if (role_ != Role::kConsumer) return Fail(Errc::kInvalidArgument, "a producer receives");
    if (is_closed_.load()) return Fail(Errc::kClosed, "semaphore");
    Result<void> taken = semaphore_->TryWait();
    while (!taken && IsNothingYet(taken.error().code) && !deadline.HasPassed()) {
      const bool is_last = EndsWithin(deadline, kSemSlice);
      taken = semaphore_->Wait(is_last ? deadline : Deadline::After(kSemSlice));
      if (!taken && is_closed_.load()) return Fail(Errc::kClosed, "semaphore");
    }
    if (taken) return Received{};
    if (IsNothingYet(taken.error().code)) return Fail(deadline.expired(), "semaphore");
    return std::unexpected(taken.error());
  }

  Result<void> CloseDirection(Direction direction) override {
    if ((direction == Direction::kSend) == (role_ == Role::kProducer)) is_closed_.store(true);
    return {};
  }

 private:
  static bool IsNothingYet(Errc code) {
    return code == Errc::kWouldBlock || code == Errc::kTimedOut;
  }

  std::shared_ptr<Semaphore> semaphore_;
  Role role_;
  std::atomic<bool> is_closed_ = false;
};

class SemChannel : public Channel {
 public:
  SemChannel(ShmName name, std::shared_ptr<Semaphore> semaphore)
      : name_(std::move(name)), semaphore_(std::move(semaphore)) {}

  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline) override {
    return std::make_unique<SemEndpoint>(semaphore_, role);
  }
  void Detach() override { name_.DropInChild(); }
  Result<void> Unlink() override { return name_.Remove(); }

 private:
  ShmName name_;
  std::shared_ptr<Semaphore> semaphore_;
};

std::string FileOf(const ChannelName& name) { return "sem." + name.text; }
std::string LockOf(const ChannelName& name) { return name.text + "." + kName + ".lock"; }

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
  Result<ShmName> owned = ShmName::Claim(FileOf(name), LockOf(name));
  if (!owned) return std::unexpected(owned.error());
  const Result<FileDescriptor> file = MakeShmFile(sizeof(sem_t), options.mode);
  if (!file) return std::unexpected(file.error());
  Result<void> done = Initialise(*file);
  if (done) done = owned->Publish(*file);
  if (!done) return std::unexpected(done.error());
  Result<std::shared_ptr<Semaphore>> semaphore = Semaphore::Open(name.text);
  if (!semaphore) return std::unexpected(semaphore.error());
  return std::make_unique<SemChannel>(*std::move(owned), *std::move(semaphore));
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
  Result<std::shared_ptr<Semaphore>> semaphore = Semaphore::Open(name.text);
  if (!semaphore) return std::unexpected(semaphore.error());
  return std::make_unique<SemEndpoint>(*std::move(semaphore), role);
}

Result<void> Unlink(const ChannelName& name) {
  if (!IsChannelName(name.text)) return Fail(Errc::kInvalidArgument, "channel name");
  return RemoveShmLeftover(FileOf(name), LockOf(name));
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
