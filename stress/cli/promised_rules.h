// Promised rules: what some judge would ask of a kind, given time enough for everything.
//
// Pure functions; any thread.
#ifndef IPC_HAMMER_STRESS_CLI_PROMISED_RULES_H_
#define IPC_HAMMER_STRESS_CLI_PROMISED_RULES_H_

#include <vector>

#include "properties/findings/finding.h"
#include "stress/jobs/judged_rules.h"
#include "transports/transport.h"

namespace ipc_hammer {

// The modes that process-running actors of this kind can have.
std::vector<Mode> ProcessModes(const TransportKind& kind);

RuleSet PromisedRules(const TransportKind& kind);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_PROMISED_RULES_H_
