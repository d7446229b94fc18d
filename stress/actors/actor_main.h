// The entry of an exec'ed stranger. The process runner executes /proc/self/exe again, so every main
// that uses it in Mode::kStrangers begins with
//
//   if (IsActorInvocation(argc, argv)) return ActorMain(argc, argv);
//
// before it parses flags, enters a sandbox or starts a thread. The kind is found by its name in
// HammeredKinds().
#ifndef IPC_HAMMER_STRESS_ACTORS_ACTOR_MAIN_H_
#define IPC_HAMMER_STRESS_ACTORS_ACTOR_MAIN_H_

namespace ipc_hammer {

// True if this process was started by a process runner as an actor.
bool IsActorInvocation(int argc, char** argv);

// Performs the actor's operations; returns the process's exit status. REQUIRES: IsActorInvocation.
int ActorMain(int argc, char** argv);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_ACTOR_MAIN_H_
