// How an actor of a program is killed. Used by the scenarios and adversities only.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_VICTIM_H_
#define IPC_HAMMER_STRESS_SCENARIOS_VICTIM_H_

#include <cstdint>

#include "properties/program/program.h"
#include "stress/scenarios/draw.h"

namespace ipc_hammer {

// The victim dies inside one of its own operations, at a system call of it, or some time after
// another actor has come so far. REQUIRES: it has an operation.
void KillSomehow(Program& program, Draw& draw, std::uint32_t victim);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_VICTIM_H_
