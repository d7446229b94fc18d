#include "properties/conformance/crash_points.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "properties/conformance/actors.h"
#include "properties/conformance/shared_ranges.h"

namespace ipc_hammer {
namespace {

// The instruction `syscall`, in the order of its bytes, and that of a breakpoint.
constexpr long kSystemCallCode = 0x050f;
constexpr long kBreakpointCode = 0xcc;
// An arrival at a breakpoint costs as much as so many steps.
constexpr std::uint64_t kStepsPerArrival = 6;
// What of one mapping is looked at: large objects keep what they decide by at their beginning.
constexpr std::size_t kWatchedBytesMax = std::size_t{64} << 10;
// An operation that takes more than that does not end.
constexpr std::uint64_t kStepsMax = 4'000'000;

void* const kAddressAt = reinterpret_cast<void*>(offsetof(user, regs.rip));

void* DebugRegister(std::size_t i) {
  return reinterpret_cast<void*>(offsetof(user, u_debugreg) + i * sizeof(user::u_debugreg[0]));
}
// Intel SDM, volume 3, "Debug Registers": DR6 says which of DR0 to DR3 it was, DR7 has two bits
// that turn each of them on, and from bit 16 four bits for each: what kind of access, what length.
constexpr std::size_t kDebugStatus = 6;
constexpr std::size_t kDebugControl = 7;
constexpr std::uint64_t kReadOrWrite = 3;
constexpr std::uint64_t kFourBytes = 3;
constexpr std::uint64_t OnFor(std::size_t i) {
  return std::uint64_t{1} << 2 * i | (kFourBytes << 2 | kReadOrWrite) << (16 + 4 * i);
}

// The content of all memory that a process shares.
class SharedMemory {
 public:
  explicit SharedMemory(pid_t process) : process_(process) { FindRanges(); }

  // After a system call: what is mapped may be different.
  void FindRanges() {
    ranges_.clear();
    std::size_t size = 0;
    for (SharedRange& range : SharedRangesOf(process_)) {
      range.size_bytes = std::min(range.size_bytes, kWatchedBytesMax);
      size += range.size_bytes;
      ranges_.push_back(std::move(range));
    }
    now_.assign(size, 0);
    before_.assign(size, 0);
    static_cast<void>(HasChanged());
  }

  bool is_empty() const { return ranges_.empty(); }

  // Since the last call.
  bool HasChanged() {
    now_.swap(before_);
    std::size_t at = 0;
    for (const SharedRange& range : ranges_) {
      iovec local{now_.data() + at, range.size_bytes};
      iovec remote{reinterpret_cast<void*>(range.begin), range.size_bytes};
      // What cannot be read (a file that was cut) stays as it was.
      if (process_vm_readv(process_, &local, 1, &remote, 1, 0) < 0) {
        std::copy_n(before_.data() + at, range.size_bytes, now_.data() + at);
      }
      at += range.size_bytes;
    }
    return now_ != before_;
  }

 private:
  pid_t process_;
  std::vector<SharedRange> ranges_;
  std::vector<char> now_;
  std::vector<char> before_;
};

std::vector<CrashPoint> Thinned(const std::set<CrashPoint>& points) {
  const std::vector<CrashPoint> all(points.begin(), points.end());
  if (all.size() <= kCrashPointsMax) return all;
  std::vector<CrashPoint> some(kCrashPointsMax);
  for (std::size_t i = 0; i < kCrashPointsMax; ++i) some[i] = all[i * all.size() / kCrashPointsMax];
  return some;
}

constexpr int kNotPrepared = 3;

[[noreturn]] void BeVictim(const VictimBody& body) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!body.prepare()) _exit(kNotPrepared);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(kNotPrepared);
  raise(SIGSTOP);
  body.operation();
  _exit(0);
}

bool AwaitStop(pid_t process, int& signal_number) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  signal_number = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
  return WIFSTOPPED(status);
}

}  // namespace

std::string Where(const std::vector<CrashPoint>& points, std::size_t i) {
  const CrashPoint& point = points[i];
  const std::string text = "crash point " + std::to_string(i + 1) + " of " +
                           std::to_string(points.size()) + ": after system call " +
                           std::to_string(point.system_calls);
  if (point.instructions == CrashPoint::kBeforeTheNext) return text + ", before the next";
  return text + " and " + std::to_string(point.instructions) + " instructions";
}

Victim::Victim(const VictimBody& body) : pid_(fork()) {
  if (pid_ == 0) BeVictim(body);
  int signal_number = 0;
  is_ready_ = pid_ > 0 && AwaitStop(pid_, signal_number) && signal_number == SIGSTOP;
  if (pid_ > 0 && !is_ready_ && signal_number == 0) pid_ = -1;  // it has ended
}

Victim::~Victim() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Runs on as `request` says. False once the victim has ended.
bool Victim::Resume(int request) {
  int signal_number = 0;
  if (ptrace(static_cast<__ptrace_request>(request), pid_, nullptr, pending_signal_) != 0) {
    return false;
  }
  if (!AwaitStop(pid_, signal_number)) {
    pid_ = -1;
    return false;
  }
  pending_signal_ = signal_number == SIGTRAP ? 0 : signal_number;
  return true;
}

std::uint64_t Victim::Address() const {
  return static_cast<std::uint64_t>(ptrace(PTRACE_PEEKUSER, pid_, kAddressAt, nullptr));
}

bool Victim::IsAtSystemCall() const {
  errno = 0;
  const long code = ptrace(PTRACE_PEEKTEXT, pid_, reinterpret_cast<void*>(Address()), nullptr);
  return errno == 0 && (code & 0xffff) == kSystemCallCode;
}

// Steps where memory is shared, else goes from system call to system call: nothing shows between.
std::vector<CrashPoint> Victim::FindCrashPoints() {
  std::set<CrashPoint> points;
  SharedMemory shared(pid_);
  CrashPoint here;
  std::unordered_map<std::uint64_t, std::uint64_t> arrivals;  // at each address since a system call
  for (std::uint64_t steps = 0; steps < kStepsMax; ++steps) {
    const bool jumps = shared.is_empty();
    if (jumps && !Resume(PTRACE_SYSCALL)) break;
    const bool calls = jumps || IsAtSystemCall();
    const CrashPoint before = here;
    if (calls) points.insert({before.system_calls, CrashPoint::kBeforeTheNext});
    if (!Resume(jumps ? PTRACE_SYSCALL : PTRACE_SINGLESTEP)) break;
    if (calls) {
      here = {.system_calls = before.system_calls + 1};
      arrivals.clear();
    } else {
      const std::uint64_t address = Address();
      here = {.system_calls = before.system_calls,
              .instructions = before.instructions + 1,
              .address = address,
              .arrivals = ++arrivals[address]};
    }
    if (!jumps && shared.HasChanged()) points.insert({before, here});
    if (!calls) continue;
    points.insert(here);
    shared.FindRanges();
  }
  return Thinned(points);
}

bool Victim::StepTo(const CrashPoint& point) {
  for (std::uint64_t i = 0; i < point.instructions; ++i) {
    if (!Resume(PTRACE_SINGLESTEP)) return false;
  }
  return true;
}

// With a breakpoint in the victim's own copy of the code.
bool Victim::RunTo(const CrashPoint& point) {
  void* const at = reinterpret_cast<void*>(point.address);
  errno = 0;
  const long code = ptrace(PTRACE_PEEKTEXT, pid_, at, nullptr);
  if (errno != 0 || ptrace(PTRACE_POKETEXT, pid_, at, code) != 0) return StepTo(point);
  const long broken = (code & ~0xffL) | kBreakpointCode;
  for (std::uint64_t arrivals = 0; arrivals < point.arrivals; ++arrivals) {
    // One step, for it may stand there already; it may also stay there (rep movs).
    if (!Resume(PTRACE_SINGLESTEP)) return false;
    if (Address() == point.address) continue;
    if (ptrace(PTRACE_POKETEXT, pid_, at, broken) != 0) return false;
    do {
      if (!Resume(PTRACE_CONT)) return false;
    } while (Address() != point.address + 1);
    ptrace(PTRACE_POKETEXT, pid_, at, code);
    ptrace(PTRACE_POKEUSER, pid_, kAddressAt, point.address);
  }
  return true;
}

std::uint64_t Victim::CountSystemCalls() {
  std::uint64_t count = 0;
  while (Resume(PTRACE_SYSCALL) && Resume(PTRACE_SYSCALL)) ++count;  // its beginning, its end
  return count;
}

bool Victim::StopAt(const CrashPoint& point) {
  bool lives = true;
  for (std::uint32_t i = 0; i < point.system_calls && lives; ++i) {
    lives = Resume(PTRACE_SYSCALL) && Resume(PTRACE_SYSCALL);  // its beginning, its end
  }
  if (point.instructions == CrashPoint::kBeforeTheNext) {
    // Killed in this stop it does not make the call: ptrace(2), "Syscall-stops".
    return lives && Resume(PTRACE_SYSCALL);
  }
  return lives &&
         (point.arrivals * kStepsPerArrival < point.instructions ? RunTo(point) : StepTo(point));
}

void Victim::KillAt(const CrashPoint& point) {
  static_cast<void>(StopAt(point));
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::string Victim::GoOn(std::chrono::milliseconds time) {
  if (pid_ <= 0) return "not started, or it has ended";
  ptrace(PTRACE_DETACH, pid_, nullptr, pending_signal_);
  if (!EndsWithin(pid_, time)) return "still there";
  return WaitForEnd(std::exchange(pid_, -1));
}

void Victim::LetGo() {
  if (pid_ > 0) ptrace(PTRACE_DETACH, pid_, nullptr, pending_signal_);
}

bool Victim::Watch(std::span<const std::uint64_t> addresses) {
  const auto poke = [this](std::size_t i, std::uint64_t value) {
    return ptrace(PTRACE_POKEUSER, pid_, DebugRegister(i), value) == 0;
  };
  if (!poke(kDebugControl, 0)) return false;
  std::uint64_t control = 0;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!poke(i, addresses[i])) return false;
    control |= OnFor(i);
  }
  return poke(kDebugControl, control);
}

Victim::Came Victim::RunToAccess(std::uint32_t& accessed) {
  while (Resume(PTRACE_CONT)) {
    if (pending_signal_ == SIGSTOP) {
      pending_signal_ = 0;
      return Came::kToPause;
    }
    const long status = ptrace(PTRACE_PEEKUSER, pid_, DebugRegister(kDebugStatus), nullptr);
    accessed = static_cast<std::uint32_t>(status) & 0xf;
    if (accessed == 0) continue;  // it stands before a signal of its own
    ptrace(PTRACE_POKEUSER, pid_, DebugRegister(kDebugStatus), 0);
    return Came::kToAccess;
  }
  return Came::kToEnd;
}

bool CanTrace() {
  return Victim({.prepare = [] { return true; }, .operation = [] {}}).is_ready();
}

}  // namespace ipc_hammer
