// fan_out: one producer and many consumers, as a pool of workers has them.
//
// Small messages of one size at full speed; every consumer drains, and each message is one's only.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_FAN_OUT_H_
#define IPC_HAMMER_STRESS_SCENARIOS_FAN_OUT_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool FanOutApplies(const TransportKind& kind, Mode mode);
Program MakeFanOut(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kFanOut = {
    "fan_out", "one producer, many consumers, as a pool of workers", &FanOutApplies, &MakeFanOut};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_FAN_OUT_H_
