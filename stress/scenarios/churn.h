// churn: endpoints come and go as fast as can be, while others go on.
//
// Kinds that can open again. Producers open, send one message and close; consumers open, take one
// and close, at the end they drain. One producer stays and sends, one consumer stays and drains; of
// kinds that keep what is queued, in half of the programs all consumers come and go.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_CHURN_H_
#define IPC_HAMMER_STRESS_SCENARIOS_CHURN_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool ChurnApplies(const TransportKind& kind, Mode mode);
Program MakeChurn(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kChurn = {"churn",
                                    "endpoints closed and opened again between single messages",
                                    &ChurnApplies, &MakeChurn};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_CHURN_H_
