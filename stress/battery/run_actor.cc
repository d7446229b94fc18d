// The test binary is its own stranger: the process runner executes it again as an actor.
#include <optional>

#include "properties/testing/sandbox_main.h"
#include "stress/actors/actor_main.h"

namespace ipc_hammer {

std::optional<int> RunInsteadOfTests(int argc, char** argv) {
  if (!IsActorInvocation(argc, argv)) return std::nullopt;
  return ActorMain(argc, argv);
}

}  // namespace ipc_hammer
