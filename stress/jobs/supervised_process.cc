#include "stress/jobs/supervised_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ipc_hammer {
namespace {

// Above the numbers that the child's descriptors get, so that no dup2 overwrites a later source.
constexpr int kFirstFreeDescriptor = 32;

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const SupervisedCommand& command) {
  std::vector<std::string> variables = command.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool replaced = std::ranges::any_of(
        command.environment, [name](const std::string& own) { return own.starts_with(name); });
    if (!replaced) variables.emplace_back(text);
  }
  return variables;
}

// Signal handlers end with exec, ignored signals and the mask would not.
void ResetSignals() {
  for (const int number : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD}) {
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void DieWith(pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(SupervisedProcess::kExecFailed);  // it died before the prctl
}

// Between fork and exec: system calls only.
void PlaceDescriptors(const std::vector<int>& descriptors, int log) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  int next = STDERR_FILENO + 1;
  for (const int descriptor : descriptors) dup2(descriptor, next++);
  close_range(static_cast<unsigned>(next), ~0u, CLOSE_RANGE_CLOEXEC);
}

struct Exec {
  const char* path;
  char** arguments;
  char** environment;
};

[[noreturn]] void BecomeChild(const Exec& exec, const std::vector<int>& descriptors, int log,
                              pid_t supervisor) {
  setpgid(0, 0);
  DieWith(supervisor);
  ResetSignals();
  PlaceDescriptors(descriptors, log);
  execve(exec.path, exec.arguments, exec.environment);
  constexpr std::string_view kWhy = "cannot be executed\n";
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, kWhy.data(), kWhy.size());
  _exit(SupervisedProcess::kExecFailed);
}

void CloseAll(const std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) close(descriptor);
}

// The same open files under numbers that are out of the way; empty if there are none left.
std::vector<int> Lift(const std::vector<int>& descriptors) {
  std::vector<int> lifted;
  for (const int descriptor : descriptors) {
    const int high = fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstFreeDescriptor);
    if (high < 0) {
      CloseAll(lifted);
      return {};
    }
    lifted.push_back(high);
  }
  return lifted;
}

}  // namespace

std::expected<SupervisedProcess, std::string> SupervisedProcess::Start(
    const SupervisedCommand& command) {
  const int low_log = memfd_create("log", MFD_CLOEXEC);
  std::vector<int> sources = command.descriptors;
  sources.push_back(low_log);
  std::vector<int> lifted = Lift(sources);
  if (low_log >= 0) close(low_log);
  if (lifted.empty()) {
    return std::unexpected(fmt::format("{}: {}", command.path, std::strerror(errno)));
  }
  const int log = lifted.back();
  lifted.pop_back();
  std::vector<std::string> arguments = command.arguments;
  arguments.insert(arguments.begin(), command.path);
  std::vector<std::string> environment = Environment(command);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const Exec exec = {command.path.c_str(), const_cast<char**>(argument_pointers.data()),
                     const_cast<char**>(environment_pointers.data())};
  const pid_t supervisor = getpid();
  const pid_t pid = fork();
  if (pid == 0) BecomeChild(exec, lifted, log, supervisor);
  const int sys_errno = errno;
  CloseAll(lifted);
  if (pid < 0) {
    close(log);
    return std::unexpected(fmt::format("fork: {}", std::strerror(sys_errno)));
  }
  setpgid(pid, pid);  // whichever of the two comes first
  return SupervisedProcess(pid, log);
}

SupervisedProcess::SupervisedProcess(SupervisedProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      log_(std::exchange(other.log_, -1)),
      status_(other.status_),
      was_killed_(other.was_killed_) {}

SupervisedProcess::~SupervisedProcess() {
  if (pid_ > 0) {
    Kill();
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (log_ >= 0) close(log_);
}

bool SupervisedProcess::HasEnded() {
  if (pid_ < 0) return true;
  siginfo_t info = {};
  const id_t id = static_cast<id_t>(pid_);
  if (waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return false;
  // Before it is reaped: until then no other process can get the group's number.
  kill(-pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
  pid_ = -1;
  return true;
}

void SupervisedProcess::Terminate() {
  if (pid_ > 0) kill(pid_, SIGTERM);
}

void SupervisedProcess::Kill() {
  if (pid_ <= 0) return;
  was_killed_ = true;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);  // should it not have its group yet
}

std::string SupervisedProcess::Printed(std::size_t offset, std::size_t bytes_max) const {
  std::string text(bytes_max, '\0');
  const ssize_t count = pread(log_, text.data(), text.size(), static_cast<off_t>(offset));
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

std::string SupervisedProcess::PrintedLast(std::size_t bytes_max) const {
  struct stat file;
  if (fstat(log_, &file) != 0) return "";
  const std::size_t size = static_cast<std::size_t>(file.st_size);
  return Printed(size > bytes_max ? size - bytes_max : 0, bytes_max);
}

std::string DescribeStatus(int status) {
  if (WIFEXITED(status)) return fmt::format("exit status {}", WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const char* name = sigabbrev_np(number);
  return fmt::format("SIG{} ({})", name == nullptr ? "?" : name, strsignal(number));
}

}  // namespace ipc_hammer
