// `hammer census`: what IPC objects exist on this machine, and which look abandoned; and with
// --watch, what a command leaves behind. It only looks: what would remove an object is printed.
#ifndef IPC_HAMMER_STRESS_CLI_CENSUS_H_
#define IPC_HAMMER_STRESS_CLI_CENSUS_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Prints the table, or JSON. With line.command: runs it first, and prints what is new and who of
// its processes is still there. Exit status 0; with a command 1 if it left anything, 2 if it could
// not be started.
int CensusCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_CENSUS_H_
