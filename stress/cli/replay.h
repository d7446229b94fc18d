// The command `replay`: a finding, a program or a fuzzer's input is run again, each time in a new
// process, and the first failure is shown with its history. Of a finding that a conformance case
// made, that case is run again.
#ifndef IPC_HAMMER_STRESS_CLI_REPLAY_H_
#define IPC_HAMMER_STRESS_CLI_REPLAY_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Returns the exit status: 1 it failed at least once, 0 it did not, 2 with one line on standard
// error, 128 + the signal that stopped it.
int ReplayCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_REPLAY_H_
