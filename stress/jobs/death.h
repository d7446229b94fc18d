// Death: what the supervisor makes of a process that ended without having told why. Sanitizers
// report on the way to an abort, a crash reports nothing, a hang is killed; the finding is made
// from what is left: the wait status and what was printed.
#ifndef IPC_HAMMER_STRESS_JOBS_DEATH_H_
#define IPC_HAMMER_STRESS_JOBS_DEATH_H_

#include <string>
#include <string_view>

#include "properties/rules/rule.h"

namespace ipc_hammer {

// The rule that such an end breaks, and the line of the report that says so. `hung`: the process
// made no progress and was killed for it.
Violation DeathViolation(int status, std::string_view printed, bool hung);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_DEATH_H_
