// What the kernel shows of another process's thread: for the watchdog.
//
// Reads below /proc; allocates; never blocks. A thread that is gone shows nothing.
// Source: proc(5).
#ifndef IPC_HAMMER_STRESS_PROCESS_THREAD_SIGHT_H_
#define IPC_HAMMER_STRESS_PROCESS_THREAD_SIGHT_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace ipc_hammer {

// What a thread has used of the processor, and how long it was kept from it by others. A thread
// that is blocked has neither; one that spins on a busy machine has both.
struct ThreadTimes {
  std::int64_t cpu_ns = 0;
  std::int64_t delay_ns = 0;  // 0 where the kernel does not count it
};
std::optional<ThreadTimes> TimesOf(pid_t pid, pid_t tid);
std::optional<ThreadTimes> TimesOfThisThread();

// Whether the thread sleeps, and is not about to end: it will do nothing by itself.
bool IsBlocked(pid_t pid, pid_t tid);

// One line: its state, the system call it is in, where the kernel lets it wait.
std::string DescribeThread(pid_t pid, pid_t tid);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_PROCESS_THREAD_SIGHT_H_
