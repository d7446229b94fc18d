// first_contact: nobody waits for the creator. Processes that know only the channel's name look for
// it from before it is made, and one of them makes it, and removes it, again and again before it
// stays: who opens a channel that is half made?
//
// A few messages, so that a round is mostly the contact; everything is drained.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_FIRST_CONTACT_H_
#define IPC_HAMMER_STRESS_SCENARIOS_FIRST_CONTACT_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool FirstContactApplies(const TransportKind& kind, Mode mode);
Program MakeFirstContact(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kFirstContact = {"first_contact",
                                           "creator and openers start at once, by name",
                                           &FirstContactApplies, &MakeFirstContact};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_FIRST_CONTACT_H_
