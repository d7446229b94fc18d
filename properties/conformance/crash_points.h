// Crash points: the instants of an operation at which a SIGKILL may leave something that another
// process can tell apart. A victim is a forked child that is single-stepped through the operation.
// Every system call of it is a crash point, before and after, and so is every instruction that
// changes memory which the victim shares with others, with the one before it. Dying between two
// crash points is dying at the first of them.
//
// So instead of random kills, of which one in thousands meets a window of three instructions, each
// window is met once, and the same one again when the case is run again.
//
// One thread. The victim dies with its parent. x86-64. Source: ptrace(2), process_vm_readv(2).
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_CRASH_POINTS_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_CRASH_POINTS_H_

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ipc_hammer {

// Whether crash points are looked for in this build: each instruction is a stop of the victim, and
// ThreadSanitizer's runtime makes so many of them that one operation takes minutes.
#if __has_feature(thread_sanitizer)
inline constexpr bool kFindsCrashPoints = false;
#else
inline constexpr bool kFindsCrashPoints = true;
#endif

// What a case does with one victim.
struct VictimBody {
  std::function<bool()> prepare;    // before the first step: gets the victim's endpoint
  std::function<void()> operation;  // what is stepped through
};

// Where it dies: after so many system calls, and so many instructions after the last of them or
// when it is about to make the next. The same place is where it comes to `address` for the
// `arrivals`th time after that system call: the shorter way is taken.
struct CrashPoint {
  static constexpr std::uint64_t kBeforeTheNext = ~std::uint64_t{0};
  std::uint32_t system_calls = 0;
  std::uint64_t instructions = 0;
  std::uint64_t address = 0;
  std::uint64_t arrivals = 0;
  auto operator<=>(const CrashPoint&) const = default;
};

// "crash point 3 of 20: after system call 1 and 40 instructions".
std::string Where(const std::vector<CrashPoint>& points, std::size_t i);

// What an operation after a kill may take before it counts as stuck.
inline constexpr std::chrono::milliseconds kStuckAfter{3000};
// The debug registers of x86-64.
inline constexpr std::size_t kWatchedWordsMax = 4;
// More than any operation of a kind has had; beyond it they are thinned.
inline constexpr std::size_t kCrashPointsMax = 250;

class Victim {
 public:
  // Forks, runs body.prepare() in the child, and stops it in front of body.operation().
  explicit Victim(const VictimBody& body);
  ~Victim();  // kills and reaps
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  // False if it could not be forked or traced, or prepare() failed.
  bool is_ready() const { return is_ready_; }
  pid_t pid() const { return pid_; }

  // Steps through the whole operation. Returns the crash points in their order; at most
  // kCrashPointsMax, evenly thinned.
  std::vector<CrashPoint> FindCrashPoints();
  // Runs the whole operation. Returns how many system calls its thread made, and with them those by
  // which the victim ends, which are the same for every operation.
  std::uint64_t CountSystemCalls();
  // Goes on to the crash point, system call by system call, then from arrival to arrival or step by
  // step, and kills. It may come to its end before; that is the last crash point.
  void KillAt(const CrashPoint& point);
  // The same without the kill: it stands there. False if it came to its end before.
  bool StopAt(const CrashPoint& point);
  // After StopAt: it runs to its end by itself. Returns how it ended ("exit 0"), or "still there"
  // if it has not after that time.
  std::string GoOn(std::chrono::milliseconds time);
  // After StopAt: it runs on by itself; GoOn only waits for it then.
  void LetGo();

  // From now on RunToAccess stops it after each instruction that reads or writes one of these words
  // of 32 bits; what the kernel reads for it is not seen. At most kWatchedWordsMax addresses, each
  // divisible by 4. False where the processor's debug registers cannot be had.
  bool Watch(std::span<const std::uint64_t> addresses);
  enum class Came { kToAccess, kToPause, kToEnd };
  // Runs on. kToAccess: `accessed` has bit i for the i-th watched word. kToPause: it has raised
  // SIGSTOP, of which it hears nothing.
  Came RunToAccess(std::uint32_t& accessed);

 private:
  bool Resume(int request);
  std::uint64_t Address() const;
  bool IsAtSystemCall() const;
  bool StepTo(const CrashPoint& point);
  bool RunTo(const CrashPoint& point);

  pid_t pid_ = -1;
  bool is_ready_ = false;
  int pending_signal_ = 0;
};

// Whether a child can be traced here (a seccomp filter may refuse it).
bool CanTrace();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_CRASH_POINTS_H_
