// Rerun: one run of a program or a case that is known already, in a process of its own.
#ifndef IPC_HAMMER_STRESS_CLI_RERUN_H_
#define IPC_HAMMER_STRESS_CLI_RERUN_H_

#include <expected>
#include <string>

#include "properties/findings/finding.h"
#include "stress/cli/options.h"
#include "stress/jobs/job.h"

namespace ipc_hammer {

// The recorded mode or what the user wants instead; one line if that cannot be.
// REQUIRES: the finding has a hammered kind.
std::expected<Mode, std::string> RerunMode(const CommandLine& line, const Finding& finding);

Job RerunJob(const Finding& finding, Mode mode);

struct Rerun {
  bool failed = false;
  std::string printed;       // what was broken, and how it came to it
  std::string not_run;       // why there is no verdict; empty if there is one
  std::string not_isolated;  // why its sandbox is open; empty if it is closed
  int signal = 0;            // that stopped it; 0: none
};
Rerun RunOnce(const Job& job);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_RERUN_H_
