// ChildProcess: the one owner of one process that the runner started.
//
// Every child begins with signal handlers and mask as a fresh program has them, but SIGALRM blocked
// (libFuzzer's timer must not interrupt system calls) and the sanitizers' crash handlers kept; in a
// process group of its own, so that Ctrl-C reaches the runner only; and dies with the runner. What
// it writes to stderr is kept in a memfd of its own, so it never blocks on a reader.
//
// Ownership: the destructor kills the child by its process id and reaps it. Move-only.
// Threads: the caller has no other thread. Errors: kNoSpace, kSystem.
// Sources: fork(2), prctl(2) PR_SET_PDEATHSIG, waitpid(2).
#ifndef IPC_HAMMER_STRESS_PROCESS_CHILD_PROCESS_H_
#define IPC_HAMMER_STRESS_PROCESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "transports/deadline.h"
#include "transports/error.h"
#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {

class ChildProcess {
 public:
  // Runs `body` in a forked child, which ends with its result as exit status, after a leak check
  // where LeakSanitizer is linked in. No destructor of the caller's frames and no atexit runs.
  static Result<ChildProcess> Fork(const std::function<int()>& body);

  // Executes this program again with the arguments (argv[0] is set); it inherits `keep` only.
  static Result<ChildProcess> Exec(const std::vector<std::string>& arguments, int keep);

  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  pid_t pid() const { return pid_; }
  bool alive() const { return !reaped_; }
  int wait_status() const { return wait_status_; }  // REQUIRES: !alive()
  bool killed_by_us() const { return killed_; }

  // Reaps it if it has ended. Never blocks; idempotent.
  void Poll();
  // Waits until it has ended and reaps it, at most until the deadline. REQUIRES: it has one.
  void AwaitEnd(Deadline deadline);
  // SIGKILL, without waiting. Does nothing once it is reaped.
  void Kill();
  // Any other signal, to the process or to one thread of it; nothing once it has been reaped.
  void Signal(int number) const;
  void Signal(int number, pid_t thread) const;
  // Kill() and reap.
  void End();

  // Waits, once it has been reaped, until nobody is left of its process group, at most until the
  // deadline: who lives and dies with it dies a moment later (LeakSanitizer's tracer does).
  void AwaitGroup(Deadline deadline) const;

  // What it wrote to stderr, the last 64 KiB of it.
  std::string Errors() const;

 private:
  ChildProcess(pid_t pid, FileDescriptor errors);

  pid_t pid_;
  FileDescriptor errors_;
  bool reaped_ = false;
  bool killed_ = false;
  int wait_status_ = 0;
};

// Exit statuses by which a child that works tells its runner what it saw.
inline constexpr int kExitLeak = 71;     // it left something behind: see its stderr
inline constexpr int kExitRefused = 72;  // it could not begin: see its slot

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_PROCESS_CHILD_PROCESS_H_
