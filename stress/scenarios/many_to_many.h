// many_to_many: several producers and several consumers with hardly any room between them.
//
// Small messages, also such as have no identity, through capacities at which a ring is full, empty
// or wraps all the time: a few messages, or a power of two and one more or less.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_MANY_TO_MANY_H_
#define IPC_HAMMER_STRESS_SCENARIOS_MANY_TO_MANY_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool ManyToManyApplies(const TransportKind& kind, Mode mode);
Program MakeManyToMany(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kManyToMany = {"many_to_many",
                                         "many producers, many consumers, hardly any room between",
                                         &ManyToManyApplies, &MakeManyToMany};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_MANY_TO_MANY_H_
