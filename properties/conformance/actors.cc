#include "properties/conformance/actors.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// The state letter of /proc/PID/task/TID/stat, which follows the name in parentheses; proc(5).
char StateOf(pid_t process, pid_t thread) {
  std::ifstream file("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) +
                     "/stat");
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(')');
  return name_end + 2 < stat.size() ? stat[name_end + 2] : 'X';
}

}  // namespace

bool WaitUntilAsleep(pid_t process, pid_t thread, std::chrono::milliseconds patience) {
  const Deadline deadline = Deadline::After(patience);
  while (!deadline.HasPassed()) {
    const char state = StateOf(process, thread);
    if (state == 'S') return true;
    if (state == 'X' || state == 'Z') return false;
    std::this_thread::yield();
  }
  return false;
}

bool EndsWithin(pid_t child, std::chrono::milliseconds time) {
  if (child <= 0) return true;
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  if (descriptor < 0) return false;
  pollfd ended{descriptor, POLLIN, 0};
  const bool has_ended = poll(&ended, 1, static_cast<int>(time.count())) == 1;
  close(descriptor);
  return has_ended;
}

std::string WaitForEnd(pid_t child) {
  if (child <= 0) return "not started";
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit " + std::to_string(WEXITSTATUS(status));
}

ChildActor::ChildActor(const std::function<int()>& body) : pid_(fork()) {
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  _exit(body());
}

ChildActor::~ChildActor() {
  if (pid_ <= 0) return;
  Kill();
  Wait();
}

void ChildActor::Kill() {
  if (pid_ > 0) kill(pid_, SIGKILL);
}

std::string ChildActor::Wait() { return WaitForEnd(std::exchange(pid_, -1)); }

}  // namespace ipc_hammer
