// The command `show`: everything that a finding or a program holds, in readable form.
#ifndef IPC_HAMMER_STRESS_CLI_SHOW_H_
#define IPC_HAMMER_STRESS_CLI_SHOW_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Returns the exit status: 0, or 2 with one line on standard error.
int ShowCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_SHOW_H_
