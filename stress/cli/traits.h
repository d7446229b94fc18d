// `hammer traits`: the comparison table of mechanisms, every cell of it measured by a probe, and
// the commonly quoted table beside it.
#ifndef IPC_HAMMER_STRESS_CLI_TRAITS_H_
#define IPC_HAMMER_STRESS_CLI_TRAITS_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Measures line.kinds, or every hammered kind, and prints the tables or JSON. Enters the sandbox;
// blocks one or two seconds for each kind. Exit status 0; 1 if a probe contradicts what a kind
// declares or did not come to its end; 2 for a kind that nobody knows.
int TraitsCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_TRAITS_H_
