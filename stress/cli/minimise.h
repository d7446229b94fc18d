// hammer minimise: the simplest program that still breaks the same rule.
#ifndef IPC_HAMMER_STRESS_CLI_MINIMISE_H_
#define IPC_HAMMER_STRESS_CLI_MINIMISE_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Takes operations, actors, faults, repetitions and sizes away from the finding's program as long
// as the rule that it breaks is still broken, and writes what is left as a finding of its own. What
// depends on timing is first run some times, to know how often a simpler one has to be tried.
//
// Exit status: 0 with a finding written, 1 if the program did not fail again, 2 if it cannot be
// run.
int MinimiseCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_MINIMISE_H_
