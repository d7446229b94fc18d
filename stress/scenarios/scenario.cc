#include "stress/scenarios/scenario.h"

#include <array>

#include "stress/scenarios/bulk.h"
#include "stress/scenarios/chat.h"
#include "stress/scenarios/churn.h"
#include "stress/scenarios/close_race.h"
#include "stress/scenarios/drain.h"
#include "stress/scenarios/fan_in.h"
#include "stress/scenarios/fan_out.h"
#include "stress/scenarios/first_contact.h"
#include "stress/scenarios/fork_exec.h"
#include "stress/scenarios/handover.h"
#include "stress/scenarios/kill.h"
#include "stress/scenarios/many_to_many.h"
#include "stress/scenarios/ping_pong.h"

namespace ipc_hammer {

std::span<const Scenario> AllScenarios() {
  static constexpr std::array kScenarios = {kPingPong, kChat,     kFanIn, kFanOut,    kManyToMany,
                                            kBulk,     kDrain,    kChurn, kCloseRace, kFirstContact,
                                            kHandover, kForkExec, kKill};
  return kScenarios;
}

const Scenario* FindScenario(std::string_view name) {
  for (const Scenario& scenario : AllScenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

}  // namespace ipc_hammer
