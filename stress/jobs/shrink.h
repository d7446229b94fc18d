// Shrink: the simplest program that still fails, found with RapidCheck's shrinking of programs.
#ifndef IPC_HAMMER_STRESS_JOBS_SHRINK_H_
#define IPC_HAMMER_STRESS_JOBS_SHRINK_H_

#include <cstddef>
#include <functional>

#include "properties/program/program.h"
#include "transports/traits.h"

namespace ipc_hammer {

// Follows the first simpler program that fails, again and again, for `tries_max` calls of `fails`
// at most. The result fails if the given program does. REQUIRES: `fails` is deterministic.
Program Shrink(Program program, const Traits& traits, std::size_t tries_max,
               const std::function<bool(const Program&)>& fails);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_SHRINK_H_
