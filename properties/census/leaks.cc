#include "properties/census/leaks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <semaphore>
#include <thread>
#include <utility>

namespace ipc_hammer {
namespace {

using Undo = std::function<void()>;

int Must(int result, const char* call) {
  if (result >= 0) return result;
  std::fprintf(stderr, "cannot leak: %s: %s\n", call, std::strerror(errno));
  std::abort();
}

std::string NewName(const SandboxReport& sandbox) {
  static int number = 0;
  return fmt::format("{}leak{}", sandbox.name_prefix, ++number);
}

Undo CloseLater(int fd) {
  return [fd] { close(fd); };
}

Undo LeakDescriptor() { return CloseLater(Must(eventfd(0, EFD_CLOEXEC), "eventfd")); }

Undo UnmapLater(void* memory) {
  Must(memory == MAP_FAILED ? -1 : 0, "mmap");
  return [memory] { munmap(memory, 4096); };
}

Undo LeakMapping() {
  const int fd = Must(memfd_create("leak", MFD_CLOEXEC), "memfd_create");
  Must(ftruncate(fd, 4096), "ftruncate");
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return UnmapLater(memory);
}

Undo LeakAnonymousMapping() {
  return UnmapLater(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

Undo LeakThread() {
  auto stop = std::make_shared<std::binary_semaphore>(0);
  auto thread = std::make_shared<std::thread>([stop] { stop->acquire(); });
  return [stop, thread] {
    stop->release();
    thread->join();
  };
}

Undo LeakChild() {
  const pid_t pid = Must(fork(), "fork");
  if (pid == 0) {
    for (;;) pause();
  }
  return [pid] {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  };
}

Undo LeakZombie() {
  const pid_t pid = Must(fork(), "fork");
  if (pid == 0) _exit(0);
  siginfo_t ended = {};
  Must(waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), "waitid");
  return [pid] { waitpid(pid, nullptr, 0); };
}

// A process whose parent has exited. Who wants to see it gone has to ask for its descriptor.
Undo LeakOrphan() {
  std::array<int, 2> ends;
  Must(pipe2(ends.data(), O_CLOEXEC), "pipe2");
  const pid_t parent = Must(fork(), "fork");
  if (parent == 0) {
    const pid_t orphan = fork();
    if (orphan == 0) {
      for (;;) pause();
    }
    _exit(write(ends[1], &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
  }
  waitpid(parent, nullptr, 0);
  pid_t orphan = -1;
  Must(read(ends[0], &orphan, sizeof orphan) == sizeof orphan ? orphan : -1, "fork of an orphan");
  close(ends[0]);
  close(ends[1]);
  return [orphan] {
    const int fd = Must(static_cast<int>(syscall(SYS_pidfd_open, orphan, 0)), "pidfd_open");
    kill(orphan, SIGKILL);
    pollfd gone = {fd, POLLIN, 0};
    Must(poll(&gone, 1, -1), "poll");
    close(fd);
  };
}

Undo LeakSharedMemory(const SandboxReport& sandbox) {
  const std::string name = "/" + NewName(sandbox);
  close(Must(shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600), "shm_open"));
  return [name] { shm_unlink(name.c_str()); };
}

Undo LeakSemaphore(const SandboxReport& sandbox) {
  const std::string name = "/" + NewName(sandbox);
  sem_t* semaphore = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 1);
  Must(semaphore == SEM_FAILED ? -1 : 0, "sem_open");
  sem_close(semaphore);
  return [name] { sem_unlink(name.c_str()); };
}

Undo LeakQueue(const SandboxReport& sandbox) {
  const std::string name = "/" + NewName(sandbox);
  mq_attr attr = {};
  attr.mq_maxmsg = 1;
  attr.mq_msgsize = 8;
  mq_close(Must(mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attr), "mq_open"));
  return [name] { mq_unlink(name.c_str()); };
}

Undo LeakSysvMemory() {
  const int id = Must(shmget(IPC_PRIVATE, 4096, 0600), "shmget");
  return [id] { shmctl(id, IPC_RMID, nullptr); };
}

Undo LeakSysvSemaphore() {
  const int id = Must(semget(IPC_PRIVATE, 2, 0600), "semget");
  return [id] { semctl(id, 0, IPC_RMID); };
}

Undo LeakSysvQueue() {
  const int id = Must(msgget(IPC_PRIVATE, 0600), "msgget");
  return [id] { msgctl(id, IPC_RMID, nullptr); };
}

Undo UnlinkLater(const std::string& path) {
  return [path] { unlink(path.c_str()); };
}

Undo LeakFifo(const SandboxReport& sandbox) {
  const std::string path = sandbox.scratch_folder + "/" + NewName(sandbox);
  Must(mkfifo(path.c_str(), 0600), "mkfifo");
  return UnlinkLater(path);
}

Undo LeakFile(const SandboxReport& sandbox) {
  const std::string path = sandbox.scratch_folder + "/" + NewName(sandbox);
  close(Must(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600), "open"));
  return UnlinkLater(path);
}

int BindUnix(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = Must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  Must(bind(fd, reinterpret_cast<sockaddr*>(&address), size), "bind");
  return fd;
}

Undo LeakSocketFile(const SandboxReport& sandbox) {
  const std::string path = sandbox.scratch_folder + "/" + NewName(sandbox);
  close(BindUnix(path));
  return UnlinkLater(path);
}

Undo LeakAbstractSocket(const SandboxReport& sandbox) {
  return CloseLater(BindUnix(std::string(1, '\0') + NewName(sandbox)));
}

int BindLoopback(int type) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = Must(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");
  Must(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  return fd;
}

Undo LeakTcpPort() {
  const int fd = BindLoopback(SOCK_STREAM);
  Must(listen(fd, 1), "listen");
  return CloseLater(fd);
}

Undo LeakUdpPort() { return CloseLater(BindLoopback(SOCK_DGRAM)); }

struct Entry {
  Leak leak;
  bool isolated_only = false;
  bool needs_queue_folder = false;
};

std::vector<Entry> AllLeaks(const SandboxReport& box) {
  using K = CensusKind;
  return {
      {{"descriptor", {K::kDescriptor}, true, LeakDescriptor}},
      {{"mapping", {K::kMapping}, false, LeakMapping}},
      {{"anonymous_shared_mapping", {K::kMapping}, false, LeakAnonymousMapping}},
      {{"thread", {K::kThread}, false, LeakThread}},
      {{"child", {K::kChild}, true, LeakChild}},
      {{"zombie", {K::kZombie}, true, LeakZombie}},
      {{"orphan", {K::kOtherProcess}, false, LeakOrphan}, /*isolated_only=*/true},
      {{"sysv_memory", {K::kSysvMemory}, true, LeakSysvMemory}, true},
      {{"sysv_semaphore", {K::kSysvSemaphore}, true, LeakSysvSemaphore}, true},
      {{"sysv_queue", {K::kSysvQueue}, true, LeakSysvQueue}, true},
      {{"queue", {K::kQueue}, true, [box] { return LeakQueue(box); }}, false, true},
      {{"shared_memory", {K::kSharedMemory}, true, [box] { return LeakSharedMemory(box); }}},
      {{"semaphore", {K::kSemaphore}, true, [box] { return LeakSemaphore(box); }}},
      {{"fifo", {K::kFifo}, true, [box] { return LeakFifo(box); }}},
      {{"socket_file", {K::kSocketFile}, true, [box] { return LeakSocketFile(box); }}},
      {{"file", {K::kFile}, true, [box] { return LeakFile(box); }}},
      {{"tcp_port", {K::kDescriptor, K::kTcpPort}, true, LeakTcpPort}},
      {{"udp_port", {K::kDescriptor, K::kUdpPort}, true, LeakUdpPort}},
      {{"abstract_socket",
        {K::kDescriptor, K::kAbstractSocket},
        true,
        [box] { return LeakAbstractSocket(box); }}},
  };
}

std::vector<Leak> Select(const SandboxReport& sandbox, bool counted) {
  std::vector<Leak> selected;
  for (Entry& entry : AllLeaks(sandbox)) {
    const bool is_counted = (sandbox.isolated || !entry.isolated_only) &&
                            (!sandbox.queue_folder.empty() || !entry.needs_queue_folder);
    if (is_counted == counted) selected.push_back(std::move(entry.leak));
  }
  return selected;
}

}  // namespace

std::vector<Leak> CountedLeaks(const SandboxReport& sandbox) { return Select(sandbox, true); }
std::vector<Leak> UncountedLeaks(const SandboxReport& sandbox) { return Select(sandbox, false); }

}  // namespace ipc_hammer
