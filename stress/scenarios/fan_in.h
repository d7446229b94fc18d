// fan_in: many producers and one consumer, as a logging service has them.
//
// Small messages of one size at full speed; everything is drained.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_FAN_IN_H_
#define IPC_HAMMER_STRESS_SCENARIOS_FAN_IN_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool FanInApplies(const TransportKind& kind, Mode mode);
Program MakeFanIn(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kFanIn = {"fan_in", "many producers, one consumer, as a logging service",
                                    &FanInApplies, &MakeFanIn};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_FAN_IN_H_
