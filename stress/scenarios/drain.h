// drain: producers send a burst and end at once, as a short-lived client does; what they left is
// still to be received.
//
// Bursts of about what the channel holds, of messages about the sizes at which something changes: a
// header's, PIPE_BUF, the largest. Where a producer can open again it does so for the next burst.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_DRAIN_H_
#define IPC_HAMMER_STRESS_SCENARIOS_DRAIN_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool DrainApplies(const TransportKind& kind, Mode mode);
Program MakeDrain(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kDrain = {
    "drain", "bursts about the capacity by producers that end at once", &DrainApplies, &MakeDrain};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_DRAIN_H_
