// fork_exec: a server whose workers start other programs. While messages flow, each process forks
// children that exit at once, exec or linger: the channel is theirs by inheritance, and they may
// change nothing of it.
//
// Small messages; everything is drained.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_FORK_EXEC_H_
#define IPC_HAMMER_STRESS_SCENARIOS_FORK_EXEC_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool ForkExecApplies(const TransportKind& kind, Mode mode);
Program MakeForkExec(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kForkExec = {"fork_exec",
                                       "children exit, exec or linger while traffic runs",
                                       &ForkExecApplies, &MakeForkExec};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_FORK_EXEC_H_
