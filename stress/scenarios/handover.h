// handover: the name gets a new owner while others use the old channel. Owners come one after
// another; each ends while its guests are there, by closing, by SIGKILL or by unlinking the name
// and closing late, and the next creates its channel under the same name at that moment. The last
// channel is the program's own: nothing of the others appears in it, nothing of it is lost, and the
// guests, who go on meanwhile, are told of the end of theirs.
//
// A few messages; everything is drained. Owners are killed only where a kill leaves nobody stuck.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_HANDOVER_H_
#define IPC_HAMMER_STRESS_SCENARIOS_HANDOVER_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool HandoverApplies(const TransportKind& kind, Mode mode);
Program MakeHandover(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kHandover = {"handover", "a new owner takes the name while others use it",
                                       &HandoverApplies, &MakeHandover};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_HANDOVER_H_
