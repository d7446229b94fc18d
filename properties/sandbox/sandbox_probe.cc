// A small program for sandbox_test: enters the sandbox and does what its first argument says.
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "properties/sandbox/sandbox.h"

namespace ipc_hammer {
namespace {

// Makes one of every name and exits without removing any.
int MakeNames(const SandboxReport& report, const std::string& tag) {
  const std::string name = report.name_prefix + tag;
  if (shm_open(("/" + name).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600) < 0) return 11;
  if (sem_open(("/" + name).c_str(), O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED) return 12;
  // Where no mqueue is mounted nobody can list what is left of an un-isolated run.
  if (!report.queue_folder.empty() &&
      mq_open(("/" + name).c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, nullptr) < 0)
    return 13;
  if (mkfifo((report.scratch_folder + "/" + name).c_str(), 0600) != 0) return 14;
  if (report.isolated && shmget(0x1bc4a3e7, 4096, IPC_CREAT | IPC_EXCL | 0600) < 0) return 15;
  if (report.isolated && semget(0x1bc4a3e7, 1, IPC_CREAT | IPC_EXCL | 0600) < 0) return 16;
  if (report.isolated && msgget(0x1bc4a3e7, IPC_CREAT | IPC_EXCL | 0600) < 0) return 17;
  return 0;
}

// Waits, with a child that has left its session, until somebody ends it.
int Hang() {
  std::fflush(stdout);
  if (fork() == 0) {
    setsid();
    for (;;) pause();
  }
  std::puts("hanging");
  std::fflush(stdout);
  for (;;) pause();
}

int UseLoopback() {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(server, reinterpret_cast<sockaddr*>(&address), size) != 0) return 11;
  if (listen(server, 1) != 0) return 12;
  getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connect(client, reinterpret_cast<sockaddr*>(&address), size) == 0 ? 0 : 13;
}

// Fills a /dev/shm of 64 KiB.
int FillSharedMemory(const SandboxReport& report) {
  if (!LimitSharedMemory(report, 65536)) return 11;
  const int fd = shm_open("/full", O_CREAT | O_EXCL | O_RDWR, 0600);
  if (posix_fallocate(fd, 0, 65536) != 0) return 12;
  return posix_fallocate(fd, 65536, 4096) == ENOSPC ? 0 : 13;
}

// 0: a second user is refused an object of mode 0600. 1: there is no second user.
int TrySecondUser(const SandboxReport& report) {
  if (!report.second_uid) return 1;
  if (shm_open("/mine", O_CREAT | O_EXCL | O_RDWR, 0600) < 0) return 11;
  const pid_t child = fork();
  if (child == 0) {
    if (!BecomeSecondUser(report)) _exit(12);
    if (shm_open("/mine", O_RDWR, 0) >= 0) _exit(13);
    _exit(errno == EACCES ? 0 : 14);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

// As every ordinary user, one may not read a file of one's own of mode 0. Root may.
int ReadModeZero(const SandboxReport& report) {
  const std::string path = report.scratch_folder + "/zero";
  if (close(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0)) != 0) return 11;
  const bool refused = open(path.c_str(), O_RDONLY) < 0;
  return refused == (geteuid() != 0) ? 0 : 12;
}

// Not PID 1, a child of it, and /proc agrees.
int CheckPid(const SandboxReport& report) {
  char self[32] = {};
  if (getpid() <= 1 || (report.isolated && getppid() != 1)) return 11;
  if (readlink("/proc/self", self, sizeof self - 1) < 0) return 12;
  return std::atoi(self) == getpid() ? 0 : 13;
}

void* volatile g_leaked = nullptr;

// The leak check at exit has to work in here.
int LeakHeap() {
  g_leaked = std::malloc(77);
  g_leaked = nullptr;
  return 0;
}

// Names that only the inside may see, kept until somebody ends the process.
int HangWithNames(const SandboxReport& report, const std::string& tag) {
  const int failed = MakeNames(report, tag);
  return failed != 0 ? failed : Hang();
}

int StartThread() {
  int value = 0;
  std::thread([&value] { value = 9; }).join();
  return value == 9 ? 0 : 11;
}

int ExecProbe(const char* mode) {
  execl("/proc/self/exe", "sandbox_probe", mode, nullptr);
  return 11;
}

int Die(int signal_number) {
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(signal_number, SIG_DFL);
  signal_number == SIGABRT ? std::abort() : void(kill(getpid(), signal_number));
  return 11;  // still here
}

void TermHandler(int) { _exit(42); }

int HandleTerm() {
  signal(SIGTERM, TermHandler);
  return Hang();
}

int Run(const SandboxReport& report, std::string_view what, const char* argument) {
  if (what == "report" || what == "late") return std::puts(ToString(report).c_str()) < 0;
  if (what == "isolated") return report.isolated && report.reason.empty() ? 0 : 11;
  if (what == "pid") return CheckPid(report);
  if (what == "exit") return std::atoi(argument);
  if (what == "die") return Die(std::atoi(argument));
  if (what == "names") return MakeNames(report, argument);
  if (what == "hang") return HangWithNames(report, argument);
  if (what == "term") return HandleTerm();
  if (what == "loopback") return UseLoopback();
  if (what == "full") return FillSharedMemory(report);
  if (what == "second") return TrySecondUser(report);
  if (what == "zero") return ReadModeZero(report);
  if (what == "leak") return LeakHeap();
  if (what == "thread") return StartThread();
  if (what == "nested") return ExecProbe("isolated");
  return 99;
}

}  // namespace
}  // namespace ipc_hammer

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "late") {
    std::thread([] {
      for (;;) pause();
    }).detach();
  }
  const ipc_hammer::SandboxReport report = ipc_hammer::EnterSandbox();
  return ipc_hammer::Run(report, argc > 1 ? argv[1] : "report", argc > 2 ? argv[2] : "");
}
