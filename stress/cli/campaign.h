// The command `campaign`: every kind hammered by the conformance cases and by all three producers
// of programs (libFuzzer, RapidCheck's generator, stress scenarios) within so many seconds, and a
// table of kinds x those four. This is what ci/hammer runs.
#ifndef IPC_HAMMER_STRESS_CLI_CAMPAIGN_H_
#define IPC_HAMMER_STRESS_CLI_CAMPAIGN_H_

#include "stress/cli/options.h"

namespace ipc_hammer {

// Returns the exit status: 0 no finding, 1 findings, 2 with one line on standard error, 128 + the
// signal that stopped it.
int CampaignCommand(const CommandLine& line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_CAMPAIGN_H_
