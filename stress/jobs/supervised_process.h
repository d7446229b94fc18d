// SupervisedProcess: one supervised program in a process group of its own.
//
// It dies with its supervisor (PDEATHSIG), gets no terminal signal by itself, and what it prints
// goes to an anonymous file that its supervisor reads. Whatever it leaves in its group is killed
// when it ends. Single-threaded supervisors only: a fork copies the calling thread alone.
#ifndef IPC_HAMMER_STRESS_JOBS_SUPERVISED_PROCESS_H_
#define IPC_HAMMER_STRESS_JOBS_SUPERVISED_PROCESS_H_

#include <sys/types.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_hammer {

struct SupervisedCommand {
  std::string path;
  std::vector<std::string> arguments;  // without the program's own name
  // "NAME=VALUE"; they go before what is inherited.
  std::vector<std::string> environment;
  std::vector<int> descriptors;  // become 3, 4 ... of the child
};

class SupervisedProcess {
 public:
  // One line of reason on failure. An exec that fails ends the child with kExecFailed.
  static std::expected<SupervisedProcess, std::string> Start(const SupervisedCommand& command);

  SupervisedProcess(SupervisedProcess&& other) noexcept;
  SupervisedProcess& operator=(SupervisedProcess&&) = delete;
  ~SupervisedProcess();  // kills and reaps

  // True once the process has ended; from then on status() says how. Never blocks.
  bool HasEnded();
  int status() const { return status_; }  // a wait status; REQUIRES: HasEnded()
  bool was_killed() const { return was_killed_; }

  void Terminate();  // SIGTERM, to the process alone: it can clean up
  void Kill();       // SIGKILL, to its whole group

  // What it has printed: at most `bytes_max` from `offset` on, or the last of them.
  std::string Printed(std::size_t offset, std::size_t bytes_max) const;
  std::string PrintedLast(std::size_t bytes_max) const;

  static constexpr int kExecFailed = 127;

 private:
  SupervisedProcess(pid_t pid, int log) : pid_(pid), log_(log) {}

  pid_t pid_;  // -1: reaped
  int log_;    // owned; -1: moved away
  int status_ = 0;
  bool was_killed_ = false;
};

// "exit status 1", "SIGSEGV (Segmentation fault)".
std::string DescribeStatus(int status);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_SUPERVISED_PROCESS_H_
