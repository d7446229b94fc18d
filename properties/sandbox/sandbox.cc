#include "properties/sandbox/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "properties/sandbox/namespaces.h"
#include "properties/sandbox/supervise.h"

namespace ipc_hammer {
namespace {

constexpr long kMqueueMagic = 0x19800202;  // statfs(2), MQUEUE_MAGIC

// PR_SET_PDEATHSIG does nothing for a parent that is dead already; its pidfd then is readable.
void DieWithParent(int parent_pidfd) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd parent = {parent_pidfd, POLLIN, 0};
  if (parent_pidfd >= 0 && poll(&parent, 1, 0) == 1) _exit(0);
}

// The first thread's task folder has two links and one for each thread.
bool IsSingleThreaded() {
  struct stat tasks;
  return stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink == 3;
}

[[noreturn]] void RefuseInside(int fd, const Error& error) {
  SandboxMessage message{SandboxMessage::What::kRefused, error.sys_errno, {}};
  std::strncpy(message.call, error.call, sizeof message.call - 1);
  SendMessage(fd, message);
  _exit(0);
}

std::string Reason(const Error& error) {
  return std::string(error.call) + ": " + std::strerror(error.sys_errno);
}

struct Start {
  UserNamespace user;
  uid_t uid;
  gid_t gid;
  int self_pidfd;  // of the outer process
  sigset_t mask;   // before EnterSandbox
};

// In PID 1. Returns only in the caller, its child.
void BecomeInit(const Start& start, int fd, const SandboxOptions& options, SandboxReport& report) {
  DieWithParent(start.self_pidfd);
  const Result<void> furnished =
      FurnishNamespaces(start.user, start.uid, start.gid, options, report);
  if (!furnished) RefuseInside(fd, furnished.error());
  const pid_t caller = fork();
  if (caller < 0) RefuseInside(fd, FailErrno("fork").error());
  if (caller == 0) return;
  prctl(PR_SET_NAME, "sandbox_init");
  SendMessage(fd, {});
  RunInit(caller, fd);
}

// Returns in the caller with an empty string, or in the unchanged process with the reason why the
// namespaces were refused; the outer process of an established sandbox does not return.
std::string Isolate(const Start& start, const SandboxOptions& options, SandboxReport& report) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Reason(FailErrno("pipe2").error());
  const Result<pid_t> init = CloneIntoNamespaces(start.user);
  if (init && *init == 0) {
    close(ends[0]);
    BecomeInit(start, ends[1], options, report);
    close(ends[1]);
    return {};
  }
  close(ends[1]);
  std::string reason;
  if (!init) {
    reason = Reason(init.error());
  } else {
    SandboxMessage message;
    const bool answered = ReceiveMessage(ends[0], message);
    if (answered && message.what == SandboxMessage::What::kReady) RunOuter(*init, ends[0]);
    reason = answered ? std::string(message.call) + ": " + std::strerror(message.value)
                      : "the first process inside died";
    waitpid(*init, nullptr, 0);
  }
  close(ends[0]);
  return reason;
}

std::string QueueFolderOutside() {
  struct statfs fs;
  const bool mounted = statfs("/dev/mqueue", &fs) == 0 && fs.f_type == kMqueueMagic;
  return mounted ? "/dev/mqueue" : "";
}

// Without namespaces: a folder and a prefix of our own, and an outer process that clears up.
void GoOnUnisolated(const Start& start, SandboxReport& report) {
  std::string folder = "/tmp/ipc_hammer.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    report.reason += std::string("; no scratch folder: ") + std::strerror(errno);
    folder.clear();
  }
  report.scratch_folder = folder;
  report.name_prefix = folder.empty() ? "ipc_hammer." + std::to_string(getpid())
                                      : folder.substr(folder.rfind('/') + 1);
  report.queue_folder = QueueFolderOutside();
  report.second_uid = FindSecondUid(start.uid);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t caller = fork();
  if (caller > 0) {
    RunOuterUnisolated(caller, report.name_prefix, report.scratch_folder, report.queue_folder);
  }
  if (caller == 0) {
    DieWithParent(start.self_pidfd);
  } else {
    report.reason += "; nothing clears up";
  }
}

// ThreadSanitizer starts a thread of its own with the first pthread_create. Here, so that it is
// there before the first census and no test is blamed for it. REQUIRES: no thread before the fork.
void StartSanitizerThread() {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  pthread_t thread;
  const auto nothing = [](void*) -> void* { return nullptr; };
  if (pthread_create(&thread, nullptr, nothing, nullptr) == 0) pthread_join(thread, nullptr);
#endif
#endif
}

void TryIsolation(Start& start, const SandboxOptions& options, SandboxReport& report) {
  // Root keeps its user namespace: there a second uid exists. Everybody else needs a new one.
  for (const UserNamespace user : {UserNamespace::kKeep, UserNamespace::kNew}) {
    start.user = user;
    report.reason = Isolate(start, options, report);
    report.isolated = report.reason.empty();
    if (report.isolated) return;
  }
}

Result<void> Resize(const std::string& folder, std::uint64_t bytes) {
  const std::string size = "size=" + std::to_string(bytes);
  if (mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_NOSUID | MS_NODEV, size.c_str()) !=
      0) {
    return FailErrno("remount");
  }
  return {};
}

}  // namespace

SandboxReport EnterSandbox(const SandboxOptions& options) {
  SandboxReport report;
  const char* wish = std::getenv("IPC_HAMMER_SANDBOX");
  const bool refuse = options.refuse || (wish != nullptr && std::string_view(wish) == "refuse");
  Start start = {UserNamespace::kKeep, geteuid(), getegid(), -1, {}};
  start.self_pidfd = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));  // close-on-exec
  start.mask = BlockSignals();
  const bool single_threaded = IsSingleThreaded();
  if (refuse) {
    report.reason = "refused on request";
  } else if (!single_threaded) {
    report.reason = "entered after a thread was started";
  } else {
    TryIsolation(start, options, report);
  }
  if (!report.isolated) GoOnUnisolated(start, report);
  if (start.self_pidfd >= 0) close(start.self_pidfd);
  sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  if (single_threaded) StartSanitizerThread();  // otherwise it would not survive the fork
  return report;
}

std::string ToString(const SandboxReport& report) {
  const std::string second =
      report.second_uid ? "second uid " + std::to_string(*report.second_uid) : "no second uid";
  if (report.isolated) {
    return "sandbox: isolated; scratch " + report.scratch_folder + "; queues " +
           report.queue_folder + "; " + second;
  }
  return "sandbox: NOT isolated (" + report.reason + "); counting names that begin with " +
         report.name_prefix + "; scratch " + report.scratch_folder + "; " + second;
}

Result<void> LimitSharedMemory(const SandboxReport& report, std::uint64_t bytes) {
  if (!report.isolated) return Fail(Errc::kInvalidArgument, "limit without a sandbox");
  return Resize(report.shared_memory_folder, bytes);
}

Result<void> LimitScratch(const SandboxReport& report, std::uint64_t bytes) {
  if (!report.isolated) return Fail(Errc::kInvalidArgument, "limit without a sandbox");
  return Resize(report.scratch_folder, bytes);
}

Result<void> BecomeSecondUser(const SandboxReport& report, Groups groups) {
  if (!report.second_uid) return Fail(Errc::kInvalidArgument, "there is no second uid");
  const uid_t uid = *report.second_uid;
  if (setgroups(0, nullptr) != 0) return FailErrno("setgroups");
  const gid_t gid = groups == Groups::kOurs ? getegid() : uid;
  if (setresgid(gid, gid, gid) != 0) return FailErrno("setresgid");
  if (setresuid(uid, uid, uid) != 0) return FailErrno("setresuid");
  return DropCapabilities(0);
}

}  // namespace ipc_hammer
