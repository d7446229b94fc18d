#include "properties/battery/program_worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "properties/census/leak_watch.h"
#include "properties/program/text.h"
#include "properties/runner/sequential_runner.h"
#include "transports/deadline.h"

// Only there in a binary that is built with AddressSanitizer, which brings LeakSanitizer.
extern "C" __attribute__((weak)) int __lsan_do_recoverable_leak_check();
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace ipc_hammer {
namespace {

constexpr std::size_t kEventsMax = 1 << 14;

// A text in shared memory; cut where it does not fit.
template <std::size_t N>
struct Text {
  std::size_t size = 0;
  std::array<char, N> bytes;

  bool Set(std::string_view text) {
    size = std::min(text.size(), N);
    std::copy_n(text.begin(), size, bytes.begin());
    return text.size() <= N;
  }
  std::string Get() const { return std::string(bytes.data(), size); }
};

bool WriteByte(int fd) {
  const char byte = 0;
  return send(fd, &byte, 1, MSG_NOSIGNAL) == 1;
}

bool ReadByte(int fd) {
  char byte;
  ssize_t got;
  while ((got = recv(fd, &byte, 1, 0)) < 0 && errno == EINTR) {
  }
  return got == 1;
}

// True if the descriptor has something to say before the deadline: data, or an end.
bool Readable(int fd, Deadline deadline) {
  pollfd entry = {fd, POLLIN, 0};
  for (;;) {
    const timespec left = deadline.Remaining();
    const int ready = ppoll(&entry, 1, &left, nullptr);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) return std::string("died by ") + strsignal(WTERMSIG(status));
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

Rule RuleOfLog(const std::string& log) {
  return log.find("ThreadSanitizer: data race") != log.npos ? Rule::kNoRace : Rule::kNoCrash;
}

Violation Broken(Rule rule, std::string reason) {
  return {rule, std::move(reason), Violation::kNoEvent};
}

}  // namespace

struct ProgramWorker::Shared {
  Text<std::size_t{1} << 22> program;
  bool broken;
  bool refused;
  bool reusable;  // the child left nothing behind and can run another program
  Rule rule;
  std::size_t event_index;
  Text<1 << 10> reason;
  Text<1 << 14> census;
  std::size_t events;
  std::array<Event, kEventsMax> history;

  void Tell(const std::optional<Violation>& violation) {
    broken = violation.has_value();
    if (!broken) return;
    rule = violation->rule;
    event_index = violation->event_index;
    reason.Set(violation->reason);
  }
  void TellHistory(const History& of) {
    events = std::min(of.size(), kEventsMax);
    std::copy_n(of.begin(), events, history.begin());
  }
};

namespace {

// What the child keeps from program to program.
class Judge {
 public:
  Judge(const TransportKind& kind, const ChannelName& name, const SandboxReport& sandbox)
      : runner_(kind, name), watch_(sandbox) {}

  std::optional<Violation> Run(const Program& program) {
    const std::size_t refused_before = runner_.refused();
    const std::size_t heap_before = HeapBytes();
    auto violation = runner_.Run(program);
    refused_ = runner_.refused() != refused_before;
    if (!violation) violation = LeftBehind();
    if (!violation && HeapBytes() > heap_before) violation = LostMemory();
    return violation;
  }

  const History& history() const { return runner_.history(); }
  bool refused() const { return refused_; }
  bool IsClean() { return !watch_.Leaked(); }
  const std::string& census() const { return census_; }

 private:
  std::optional<Violation> LeftBehind() {
    const auto leaked = watch_.Leaked();
    if (!leaked) return std::nullopt;
    census_ = *leaked;
    return Broken(Rule::kNoLeak, "left behind: " + census_.substr(0, census_.find('\n')));
  }

  static std::size_t HeapBytes() {
    return __sanitizer_get_current_allocated_bytes == nullptr
               ? 0
               : __sanitizer_get_current_allocated_bytes();
  }

  // Costs milliseconds, so it is asked only when the heap has grown. The report is in the log.
  static std::optional<Violation> LostMemory() {
    if (__lsan_do_recoverable_leak_check == nullptr || __lsan_do_recoverable_leak_check() == 0) {
      return std::nullopt;
    }
    return Broken(Rule::kNoLeak, "memory that nothing refers to was left behind");
  }

  SequentialRunner runner_;
  LeakWatch watch_;
  bool refused_ = false;
  std::string census_;
};

}  // namespace

ProgramWorker::ProgramWorker(TransportKind kind, ChannelName name, SandboxReport sandbox,
                             std::chrono::milliseconds patience)
    : kind_(std::move(kind)),
      name_(std::move(name)),
      sandbox_(std::move(sandbox)),
      patience_(patience),
      shared_([] {
        void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? nullptr : new (memory) Shared;
      }()) {}

ProgramWorker::~ProgramWorker() {
  End();
  if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
}

bool ProgramWorker::Start() {
  if (child_ > 0) return true;
  int ends[2];
  if (shared_ == nullptr || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return false;
  }
  log_ = memfd_create("log", MFD_CLOEXEC);
  child_ = log_ < 0 ? -1 : fork();
  if (child_ == 0) {
    close(ends[0]);
    dup2(log_, 2);
    Work(ends[1]);
  }
  close(ends[1]);
  requests_ = ends[0];
  if (child_ < 0) End();
  return child_ > 0;
}

void ProgramWorker::End() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  child_ = 0;
  for (int* const fd : {&requests_, &log_}) {
    if (*fd >= 0) close(std::exchange(*fd, -1));
  }
}

// The child. It ends by _exit or by its parent's end: nothing of its parent's is destroyed twice.
void ProgramWorker::Work(int requests) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Judge judge(kind_, name_, sandbox_);
  while (ReadByte(requests)) {
    const auto program = ParseProgram(shared_->program.Get());
    std::optional<Violation> violation;
    if (program) {
      violation = judge.Run(*program);
    } else {
      violation = Broken(Rule::kNoInvention, "the text form is not read back: " + program.error());
    }
    shared_->Tell(violation);
    shared_->TellHistory(judge.history());
    shared_->census.Set(judge.census());
    shared_->refused = judge.refused();
    shared_->reusable = !(violation && violation->rule == Rule::kNoLeak) && judge.IsClean();
    if (!WriteByte(requests)) break;
  }
  _exit(0);
}

Verdict ProgramWorker::Run(const Program& program) {
  Verdict verdict;
  verdict.violation = Ask(program);
  if (!verdict.violation) {
    verdict.refused = shared_->refused;
    return verdict;
  }
  verdict.log = TakeLog();
  verdict.census = shared_ == nullptr ? "" : shared_->census.Get();
  if (shared_ != nullptr) {
    const auto first = shared_->history.begin();
    verdict.history.assign(first, first + static_cast<std::ptrdiff_t>(shared_->events));
  }
  if (child_ <= 0 || !shared_->reusable) End();
  return verdict;
}

std::optional<Violation> ProgramWorker::Ask(const Program& program) {
  if (!Start()) {
    return Broken(Rule::kLimits, std::string("no worker process: ") + strerror(errno));
  }
  shared_->events = 0;
  shared_->reusable = false;
  shared_->census.Set("");
  log_begin_ = lseek(log_, 0, SEEK_END);
  if (!shared_->program.Set(ToText(program))) {
    return Broken(Rule::kLimits, "the program's text is too long for the worker");
  }
  const bool asked = WriteByte(requests_);
  if (asked && !Readable(requests_, Deadline::After(patience_))) {
    return Broken(Rule::kNoHang,
                  "the program did not end within " + std::to_string(patience_.count()) + " ms");
  }
  if (!asked || !ReadByte(requests_)) return Died(TakeLog());
  if (!shared_->broken) return std::nullopt;
  return Violation{shared_->rule, shared_->reason.Get(), shared_->event_index};
}

Violation ProgramWorker::Died(const std::string& log) {
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = 0;
  const std::size_t error = log.find("ERROR: ");
  const std::string first =
      error == log.npos ? "" : ": " + log.substr(error, log.find('\n', error) - error);
  return Broken(RuleOfLog(log), "the process " + HowItEnded(status) + first);
}

std::string ProgramWorker::TakeLog() const {
  const off_t size = log_ < 0 ? 0 : lseek(log_, 0, SEEK_END) - log_begin_;
  std::string log(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
  const ssize_t got = pread(log_, log.data(), log.size(), log_begin_);
  log.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return log;
}

}  // namespace ipc_hammer
