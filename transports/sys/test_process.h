// For tests: other processes, scratch folders, and what a process holds. A forked child ends by
// _exit with a status, so it runs no destructor and no reporter of its parent.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_TEST_PROCESS_H_
#define IPC_HAMMER_TRANSPORTS_SYS_TEST_PROCESS_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <set>
#include <string>
#include <thread>

namespace ipc_hammer {

// Forks, runs `body` in the child and ends it with what `body` returns.
pid_t ForkChild(const std::function<int()>& body);
// The exit status of a child, or minus the number of the signal that ended it.
int WaitForExit(pid_t child);
inline int RunInChild(const std::function<int()>& body) { return WaitForExit(ForkChild(body)); }

// The open descriptors of this process.
std::set<int> OpenDescriptors();

// While it lives, the process can open `spare` more descriptors and no more.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int spare);
  ~DescriptorLimit();

 private:
  rlimit before_;
  std::set<int> fillers_;
};

// A new empty folder, removed with its files at the end.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A thread of this process, or a child of one thread; waits until it sleeps in the kernel, or has
// ended, by its state in /proc. `started` tells its id, 0 before it is known.
void WaitUntilAsleep(const std::function<pid_t()>& started);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_TEST_PROCESS_H_
