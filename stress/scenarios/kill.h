// kill: SIGKILL of random actors at random instants, while all send and receive.
//
// One or two actors die: by a signal after a random delay, or at an exact system call of one of
// their operations. Never all actors: somebody has to tell what was left. Every wait has a
// deadline, because the one waited for may be dead.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_KILL_H_
#define IPC_HAMMER_STRESS_SCENARIOS_KILL_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool KillApplies(const TransportKind& kind, Mode mode);
Program MakeKill(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kKill = {"kill",
                                   "SIGKILL of random actors at random instants; a newcomer probes",
                                   &KillApplies, &MakeKill};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_KILL_H_
