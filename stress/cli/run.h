// The command `run`: one kind, or all, hammered by generated programs (sequential), by scenarios
// (threads, relatives, strangers) and by conformance cases.
#ifndef IPC_HAMMER_STRESS_CLI_RUN_H_
#define IPC_HAMMER_STRESS_CLI_RUN_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Returns the exit status: 0 no finding, 1 findings, 2 with one line on standard error.
int RunCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_RUN_H_
