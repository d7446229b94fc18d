#include "properties/sandbox/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

namespace ipc_hammer {
namespace {

// Ends this process as `status` says the caller ended.
[[noreturn]] void EndAs(int status) {
  if (WIFSIGNALED(status)) {
    const int signal_number = WTERMSIG(status);
    const rlimit no_core = {0, 0};  // the caller has written it already
    setrlimit(RLIMIT_CORE, &no_core);
    signal(signal_number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    kill(getpid(), signal_number);
    sigprocmask(SIG_UNBLOCK, &only, nullptr);
    _exit(128 + signal_number);
  }
  _exit(WEXITSTATUS(status));
}

bool SentByProcess(const siginfo_t& info) { return info.si_code <= 0; }

// Waits for one signal. A signal that a process sent is passed on; one of the terminal's has
// reached every process of the group by itself.
void ForwardNextSignal(pid_t to, bool only_from_outside) {
  sigset_t all;
  sigfillset(&all);
  siginfo_t info = {};
  const int signal_number = sigwaitinfo(&all, &info);
  if (signal_number <= 0 || signal_number == SIGCHLD || !SentByProcess(info)) return;
  if (only_from_outside && info.si_pid != 0) return;
  kill(to, signal_number);
}

// Reaps whatever has ended. True once `wanted` has, with its status.
bool ReapUntil(pid_t wanted, int& status) {
  bool found = false;
  int one = 0;
  for (pid_t pid; (pid = waitpid(-1, &one, WNOHANG)) > 0;) {
    if (pid == wanted) {
      status = one;
      found = true;
    }
  }
  return found;
}

void KillDescendants() {
  // Orphans become children of this subreaper when their parents die, so a few rounds reach all.
  for (;;) {
    std::FILE* children = std::fopen("/proc/thread-self/children", "re");
    int pid = 0;
    while (children != nullptr && std::fscanf(children, "%d", &pid) == 1) kill(pid, SIGKILL);
    if (children != nullptr) std::fclose(children);
    if (children == nullptr || waitpid(-1, nullptr, 0) < 0) return;
  }
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  if (folder.empty()) return names;
  DIR* dir = opendir(folder.c_str());
  if (dir == nullptr) return names;
  while (const dirent* entry = readdir(dir)) names.emplace_back(entry->d_name);
  closedir(dir);
  return names;
}

void RemoveNames(const std::string& prefix, const std::string& queues) {
  for (const std::string& name : NamesIn("/dev/shm")) {
    if (name.starts_with(prefix) || name.starts_with("sem." + prefix)) {
      unlink(("/dev/shm/" + name).c_str());
    }
  }
  for (const std::string& name : NamesIn(queues)) {
    if (name.starts_with(prefix)) mq_unlink(("/" + name).c_str());
  }
}

}  // namespace

sigset_t BlockSignals() {
  sigset_t blocked, before;
  sigfillset(&blocked);
  for (const int stop : {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT}) sigdelset(&blocked, stop);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  return before;
}

void SendMessage(int fd, const SandboxMessage& message) {
  // Smaller than PIPE_BUF: written whole. If the outer process is gone, init is about to die too.
  while (write(fd, &message, sizeof message) < 0 && errno == EINTR) {
  }
}

bool ReceiveMessage(int fd, SandboxMessage& message) {
  ssize_t got = 0;
  do {
    got = read(fd, &message, sizeof message);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof message);
}

void RunInit(pid_t caller, int fd) {
  int status = 0;
  while (!ReapUntil(caller, status)) ForwardNextSignal(caller, /*only_from_outside=*/true);
  SendMessage(fd, {SandboxMessage::What::kEnded, status, {}});
  _exit(0);
}

void RunOuter(pid_t init, int fd) {
  int status = 0;
  while (!ReapUntil(init, status)) ForwardNextSignal(init, /*only_from_outside=*/false);
  SandboxMessage message;
  if (ReceiveMessage(fd, message) && message.what == SandboxMessage::What::kEnded) {
    EndAs(message.value);
  }
  EndAs(status);  // init itself was killed
}

void RunOuterUnisolated(pid_t caller, const std::string& prefix, const std::string& scratch,
                        const std::string& queues) {
  int status = 0;
  while (!ReapUntil(caller, status)) ForwardNextSignal(caller, /*only_from_outside=*/false);
  KillDescendants();
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  RemoveNames(prefix, queues);
  EndAs(status);
}

}  // namespace ipc_hammer
