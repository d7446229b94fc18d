#include "stress/process/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define IPC_HAMMER_LEAK_CHECK() __lsan_do_recoverable_leak_check()
#endif
#endif
#ifndef IPC_HAMMER_LEAK_CHECK
#define IPC_HAMMER_LEAK_CHECK() 0
#endif

namespace ipc_hammer {
namespace {

constexpr off_t kErrorsMax = 64 * 1024;

// Signals whose handlers belong to a sanitizer, which reports with them.
constexpr std::array kCrashSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};

void ResetSignals() {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (std::ranges::find(kCrashSignals, number) != kCrashSignals.end()) continue;
    signal(number, SIG_DFL);  // fails for SIGKILL, SIGSTOP and the C library's own
  }
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGALRM);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

// Returns false if the runner is gone already.
bool BecomeActor(pid_t runner, int errors) {
  ResetSignals();
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(errors, STDERR_FILENO);
  return getppid() == runner;
}

Result<FileDescriptor> MakeErrors() {
  FileDescriptor file(memfd_create("ipc_hammer_stderr", MFD_CLOEXEC));
  if (!file.is_open()) return FailErrno("memfd_create");
  if (fcntl(file.get(), F_SETFL, O_APPEND) != 0) return FailErrno("fcntl(O_APPEND)");
  return file;
}

[[noreturn]] void Execute(const std::vector<std::string>& arguments, int keep) {
  static char name[] = "ipc_hammer_actor";
  std::vector<char*> argv = {name};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  fcntl(keep, F_SETFD, 0);
  execv("/proc/self/exe", argv.data());
  perror("execv /proc/self/exe");
  _exit(kExitRefused);
}

}  // namespace

Result<ChildProcess> ChildProcess::Fork(const std::function<int()>& body) {
  auto errors = MakeErrors();
  if (!errors) return std::unexpected(errors.error());
  const pid_t runner = getpid();
  const pid_t pid = fork();
  if (pid < 0) return FailErrno("fork");
  if (pid == 0) {
    if (!BecomeActor(runner, errors->get())) _exit(kExitRefused);
    const int status = body();
    const bool leaks = IPC_HAMMER_LEAK_CHECK() != 0;
    _exit(leaks && status == 0 ? kExitLeak : status);
  }
  return ChildProcess(pid, *std::move(errors));
}

Result<ChildProcess> ChildProcess::Exec(const std::vector<std::string>& arguments, int keep) {
  auto errors = MakeErrors();
  if (!errors) return std::unexpected(errors.error());
  const pid_t runner = getpid();
  const pid_t pid = fork();
  if (pid < 0) return FailErrno("fork");
  if (pid == 0) {
    if (!BecomeActor(runner, errors->get())) _exit(kExitRefused);
    Execute(arguments, keep);
  }
  return ChildProcess(pid, *std::move(errors));
}

ChildProcess::ChildProcess(pid_t pid, FileDescriptor errors)
    : pid_(pid), errors_(std::move(errors)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(other.pid_),
      errors_(std::move(other.errors_)),
      reaped_(std::exchange(other.reaped_, true)),
      killed_(other.killed_),
      wait_status_(other.wait_status_) {}

ChildProcess::~ChildProcess() { End(); }

void ChildProcess::Poll() {
  if (reaped_) return;
  const pid_t result = waitpid(pid_, &wait_status_, WNOHANG);
  reaped_ = result == pid_ || (result < 0 && errno == ECHILD);
}

// A signal ends no wait. Where no descriptor is left for the process, it is looked for again and
// again.
void ChildProcess::AwaitEnd(Deadline deadline) {
  constexpr timespec kLookEvery{0, 5'000'000};
  // By number: glibc 2.36 declares it without C linkage.
  const FileDescriptor end(reaped_ ? -1 : static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  for (Poll(); !reaped_ && !deadline.HasPassed(); Poll()) {
    pollfd readable{.fd = end.get(), .events = POLLIN, .revents = 0};
    const timespec wait = end.is_open() ? deadline.Remaining() : kLookEvery;
    ppoll(&readable, end.is_open() ? 1 : 0, &wait, nullptr);
  }
}

void ChildProcess::Kill() {
  if (reaped_) return;
  killed_ = true;
  kill(pid_, SIGKILL);
}

void ChildProcess::Signal(int number) const {
  if (!reaped_) kill(pid_, number);
}

void ChildProcess::Signal(int number, pid_t thread) const {
  if (!reaped_) tgkill(pid_, thread, number);
}

void ChildProcess::End() {
  if (reaped_) return;
  Kill();
  while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
}

void ChildProcess::AwaitGroup(Deadline deadline) const {
  constexpr timespec kLookEvery{0, 500'000};
  while (reaped_ && kill(-pid_, 0) == 0 && !deadline.HasPassed()) nanosleep(&kLookEvery, nullptr);
}

std::string ChildProcess::Errors() const {
  struct stat status{};
  if (!errors_.is_open() || fstat(errors_.get(), &status) != 0) return {};
  const off_t size = std::min(status.st_size, kErrorsMax);
  std::string text(static_cast<std::size_t>(size), '\0');
  const ssize_t n = pread(errors_.get(), text.data(), text.size(), status.st_size - size);
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return text;
}

}  // namespace ipc_hammer
