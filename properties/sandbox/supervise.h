// Supervise: the processes of a sandbox that run nothing but a loop of waiting and forwarding.
//
// Both loops expect every signal to be blocked, never return, and leave by _exit: destructors and
// leak checks belong to the inside. Sources: pid_namespaces(7), sigwaitinfo(2), prctl(2).
#ifndef IPC_HAMMER_PROPERTIES_SANDBOX_SUPERVISE_H_
#define IPC_HAMMER_PROPERTIES_SANDBOX_SUPERVISE_H_

#include <signal.h>
#include <sys/types.h>

#include <string>

namespace ipc_hammer {

// What the inside tells the outer process through a pipe: first whether it stands, and init at the
// end how the caller died, which PID 1 cannot show by its own death.
struct SandboxMessage {
  enum class What : int { kReady, kRefused, kEnded };
  What what = What::kReady;
  int value = 0;       // kRefused: errno; kEnded: the wait status
  char call[64] = {};  // kRefused: the call that failed
};

// Blocks every signal but those of job control, which have to stop and continue all processes of
// the group alike. Returns the mask before.
sigset_t BlockSignals();

void SendMessage(int fd, const SandboxMessage& message);
// False: the other side is gone.
bool ReceiveMessage(int fd, SandboxMessage& message);

// PID 1: forwards what comes from outside, reaps, and reports `caller`'s end to `fd`.
[[noreturn]] void RunInit(pid_t caller, int fd);

// The outer process of an isolated sandbox. `fd` is init's pipe.
[[noreturn]] void RunOuter(pid_t init, int fd);

// The outer process without namespaces: afterwards it kills the descendants that are left and
// removes the scratch folder and the names that begin with `prefix`.
[[noreturn]] void RunOuterUnisolated(pid_t caller, const std::string& prefix,
                                     const std::string& scratch, const std::string& queues);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_SANDBOX_SUPERVISE_H_
