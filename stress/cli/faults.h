// `hammer faults`: at how many points of its operations a fault can strike each kind, counted here
// and now, and how many of them the conformance cases strike one by one.
#ifndef IPC_HAMMER_STRESS_CLI_FAULTS_H_
#define IPC_HAMMER_STRESS_CLI_FAULTS_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Returns the exit status.
int FaultsCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_FAULTS_H_
