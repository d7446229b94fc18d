// close_race: a direction is closed at 0 to 400 microseconds of the calls that use it: by another
// thread of the same actor, or by the peer. Senders on a full channel, receivers on an empty one,
// and those who are in the middle of it, all at once.
//
// Mostly one side is closed under while the other stays; else both are, or one leaves after a
// pause. Where an endpoint can be opened again that happens again and again. A call without a
// deadline is asked only where closing wakes it, or where its peer is there to end it.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_CLOSE_RACE_H_
#define IPC_HAMMER_STRESS_SCENARIOS_CLOSE_RACE_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool CloseRaceApplies(const TransportKind& kind, Mode mode);
Program MakeCloseRace(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kCloseRace = {"close_race",
                                        "closed from another thread or by the peer during calls",
                                        &CloseRaceApplies, &MakeCloseRace};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_CLOSE_RACE_H_
