// Sandbox: private mount, IPC, PID and network namespaces (and a user namespace for an ordinary
// user) in which every name and id is this program's own, so that a census is exact and programs
// run side by side without clashes.
//
// EnterSandbox() is called first thing in main (or in LLVMFuzzerInitialize), before any thread.
// It starts the rest of the program in a new process, so that three processes are there afterwards:
//
//   outer   the process that was called; stays outside, forwards signals, and ends exactly as the
//           inside does: same exit status, or death by the same signal. It runs nothing else, no
//           destructor and no atexit handler.
//   init    PID 1 of the new namespace: reaps orphans. It exists because PID 1 survives its own
//           SIGKILL and its abort() ends as SIGSEGV, which would make verdicts wrong.
//   caller  returns from EnterSandbox() and is an ordinary process, with a PID above 1.
//
// When the caller ends, or the outer process dies of whatever cause, the kernel kills all that is
// left inside and every name, id and port vanishes with the namespaces (pid_namespaces(7)). Files
// outside the private mounts are seen and written at their usual paths. SIGINT and SIGTERM sent to
// the outer process reach the caller, who may handle them as if there were no sandbox.
//
// The outer process makes the namespaces with clone(2), not with unshare(2): where the system
// refuses them it is still unchanged, and the program goes on un-isolated. Nothing is an error.
#ifndef IPC_HAMMER_PROPERTIES_SANDBOX_SANDBOX_H_
#define IPC_HAMMER_PROPERTIES_SANDBOX_SANDBOX_H_

#include <cstdint>
#include <string>

#include "properties/sandbox/sandbox_report.h"
#include "transports/error.h"

namespace ipc_hammer {

// REQUIRES: called once, by the only thread. Blocks a few milliseconds. In the un-isolated case the
// outer process still supervises: it ends orphaned descendants and removes the scratch folder and
// what is left under name_prefix. It cannot do so when it is itself killed by SIGKILL.
SandboxReport EnterSandbox(const SandboxOptions& options = {});

// One line: "sandbox: isolated; scratch /dev/shm/.scratch; ..." or "sandbox: NOT isolated (...)".
std::string ToString(const SandboxReport& report);

// Sets the size of the private /dev/shm or scratch folder, to see a full disk. Existing content
// must fit. Errors: kInvalidArgument (not isolated, too small for what is there), kPermission.
Result<void> LimitSharedMemory(const SandboxReport& report, std::uint64_t bytes);
Result<void> LimitScratch(const SandboxReport& report, std::uint64_t bytes);

enum class Groups : bool { kItsOwn, kOurs };

// Turns this process into the second user for good: uid, gid (its own or ours), no further groups,
// no capabilities. For a forked child. Errors: kInvalidArgument (there is no second uid),
// kPermission.
Result<void> BecomeSecondUser(const SandboxReport& report, Groups groups = Groups::kItsOwn);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_SANDBOX_SANDBOX_H_
