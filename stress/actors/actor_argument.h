// The first argument that turns this program into an exec'ed actor: `PROGRAM argument FD ACTOR`,
// with the flight recorder's descriptor.
#ifndef IPC_HAMMER_STRESS_ACTORS_ACTOR_ARGUMENT_H_
#define IPC_HAMMER_STRESS_ACTORS_ACTOR_ARGUMENT_H_

#include <string_view>

namespace ipc_hammer {

inline constexpr std::string_view kActorArgument = "--ipc-hammer-actor";

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_ACTOR_ARGUMENT_H_
