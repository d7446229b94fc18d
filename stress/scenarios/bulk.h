// bulk: large payloads from one sender to one receiver, as a file sync moves them.
//
// The largest message the kind has (bounded, so that a run stays short) and odd sizes between: each
// crosses the mechanism's own buffer sizes at other places.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_BULK_H_
#define IPC_HAMMER_STRESS_SCENARIOS_BULK_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool BulkApplies(const TransportKind& kind, Mode mode);
Program MakeBulk(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kBulk = {"bulk", "large payloads of odd sizes, as a file sync",
                                   &BulkApplies, &MakeBulk};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_BULK_H_
