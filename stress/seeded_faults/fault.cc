#include "stress/seeded_faults/fault.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace ipc_hammer::seeded {
namespace {

constexpr std::pair<std::string_view, Mechanism> kMechanisms[] = {
    {"pipe", Mechanism::kPipe},
    {"unix_stream", Mechanism::kUnixStream},
    {"unix_dgram", Mechanism::kUnixDgram},
    {"unix_seqpacket", Mechanism::kUnixSeqpacket},
    {"tcp", Mechanism::kTcp},
    {"udp", Mechanism::kUdp},
    {"posix_mq", Mechanism::kPosixMq},
    {"sysv_msg", Mechanism::kSysvMsg},
    {"sem_posix", Mechanism::kSemPosix},
    {"sem_sysv", Mechanism::kSemSysv},
    {"eventfd", Mechanism::kEventFd},
    {"mutex", Mechanism::kMutex},
    {"shm_posix", Mechanism::kShmPosix},
    {"shm_sysv", Mechanism::kShmSysv},
    {"file", Mechanism::kFile},
    {"scm_rights", Mechanism::kScmRights},
    {"descriptor", Mechanism::kDescriptor},
};

constexpr std::pair<std::string_view, Effect> kEffects[] = {
    {"flip_head", Effect::kFlipHead},
    {"flip_middle", Effect::kFlipMiddle},
    {"flip_tail", Effect::kFlipTail},
    {"drop", Effect::kDrop},
    {"double", Effect::kDouble},
    {"swap", Effect::kSwap},
    {"cut", Effect::kCut},
    {"priority", Effect::kPriority},
    {"lock", Effect::kLock},
    {"post_lost", Effect::kPostLost},
    {"post_doubled", Effect::kPostDoubled},
    {"unlink", Effect::kUnlink},
    {"remove", Effect::kRemove},
    {"wrong", Effect::kWrong},
    {"missing", Effect::kMissing},
    {"leak", Effect::kLeak},
};

constexpr std::uint64_t kEveryDefault = 1000;
constexpr int kUnusable = 2;

struct State {
  Mechanism mechanism = Mechanism::kNone;
  Effect effect = Effect::kNone;
  std::uint64_t every = kEveryDefault;
  Counts* counts = nullptr;
};
constinit State state;

// A run with a fault that nobody knows, or that nobody counts, must not look like a clean one.
[[noreturn]] void Refuse(const char* why, const char* what) {
  std::fprintf(stderr, "seeded_faults: %s: %s\n", why, what);
  _exit(kUnusable);
}

template <typename Value, std::size_t kSize>
std::optional<Value> Find(const std::pair<std::string_view, Value> (&table)[kSize],
                          std::string_view name) {
  for (const auto& [known, value] : table) {
    if (known == name) return value;
  }
  return std::nullopt;
}

void Choose(const char* text) {
  const std::string_view fault = text;
  const std::size_t dot = fault.find('.');
  const auto mechanism = Find(kMechanisms, fault.substr(0, dot));
  const auto effect = Find(kEffects, dot == fault.npos ? "" : fault.substr(dot + 1));
  if (!mechanism || !effect) Refuse("unknown fault", text);
  state.mechanism = *mechanism;
  state.effect = *effect;
}

// The path is looked at by every program that is executed, in its sandbox as well.
Counts* MapCounts(const char* path) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) Refuse("cannot be opened", path);
  void* const page = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page == MAP_FAILED) Refuse("cannot be mapped", path);
  return static_cast<Counts*>(page);
}

[[gnu::constructor]] void Begin() {
  const char* const counts = std::getenv("IPC_HAMMER_SEEDED_COUNTS");
  const char* const every = std::getenv("IPC_HAMMER_SEEDED_EVERY");
  const char* const fault = std::getenv("IPC_HAMMER_SEEDED_FAULT");
  if (counts == nullptr) Refuse("not set", "IPC_HAMMER_SEEDED_COUNTS");
  state.counts = MapCounts(counts);
  state.counts->processes.fetch_add(1);
  if (every != nullptr) state.every = std::strtoull(every, nullptr, 10);
  if (state.every == 0) Refuse("not a number above 0", every);
  if (fault != nullptr) Choose(fault);
}

}  // namespace

Mechanism ChosenMechanism() { return state.mechanism; }
Effect ChosenEffect() { return state.effect; }

bool Fires() {
  const std::uint64_t due = (state.counts->operations.fetch_add(1) + 1) / state.every;
  std::uint64_t fired = state.counts->fired.load();
  while (fired < due) {
    if (state.counts->fired.compare_exchange_weak(fired, fired + 1)) return true;
  }
  return false;
}

void DidNotFire() { state.counts->fired.fetch_sub(1); }

}  // namespace ipc_hammer::seeded
