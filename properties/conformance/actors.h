// Actors for conformance cases: a thread that makes one call, and a forked child that runs one
// body. Neither sleeps to synchronise: what has to be blocked is looked at in /proc.
//
// A ChildActor is forked from a process that may have no other thread of the project's.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_ACTORS_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_ACTORS_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace ipc_hammer {

// True once the kernel shows the thread sleeping, in a system call most likely. False if it ended
// or still runs after that time. A thread may sleep for another reason, so cases have to hold
// wherever it is.
bool WaitUntilAsleep(pid_t process, pid_t thread,
                     std::chrono::milliseconds patience = std::chrono::seconds(5));

// Whether a child of this process ends in that time, or has ended; it can still be waited for.
bool EndsWithin(pid_t child, std::chrono::milliseconds time);
// Waits for the end of a child: "exit 0", "signal 13".
std::string WaitForEnd(pid_t child);

// Runs a call that may block, in a thread of its own.
template <typename T>
class ThreadActor {
 public:
  explicit ThreadActor(std::function<T()> call)
      : thread_([this, call = std::move(call)] {
          tid_.store(gettid());
          tid_.notify_all();
          result_.emplace(call());
        }) {}
  ~ThreadActor() {
    if (thread_.joinable()) thread_.join();
  }
  ThreadActor(const ThreadActor&) = delete;
  ThreadActor& operator=(const ThreadActor&) = delete;

  bool WaitUntilAsleep(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    tid_.wait(0);
    return ipc_hammer::WaitUntilAsleep(getpid(), tid_.load(), patience);
  }
  T Join() {
    thread_.join();
    return std::move(*result_);
  }

 private:
  std::atomic<pid_t> tid_ = 0;
  std::optional<T> result_;
  std::thread thread_;  // last: it uses the others
};

// Runs `body` in a forked child, which ends by _exit with what it returns. The child dies with its
// parent.
class ChildActor {
 public:
  explicit ChildActor(const std::function<int()>& body);
  ~ChildActor();  // kills and reaps a child that was not waited for
  ChildActor(const ChildActor&) = delete;
  ChildActor& operator=(const ChildActor&) = delete;

  pid_t pid() const { return pid_; }
  void Kill();  // SIGKILL
  // Whether it ends in that time, or has ended; Wait() still tells how.
  bool EndsWithin(std::chrono::milliseconds time) const {
    return ipc_hammer::EndsWithin(pid_, time);
  }
  // How it ended. A child that does not end is for the hang guard.
  std::string Wait();

 private:
  pid_t pid_ = -1;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_ACTORS_H_
