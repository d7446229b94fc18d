// ping_pong: a client and its server, one message on the way at a time.
//
// Duplex kinds: the client sends a request and waits for the answer, again and again. Simplex kinds
// have no answer: there the channel holds one message (where the kind's capacity is exact), so the
// sender waits until the receiver has taken the previous one.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_PING_PONG_H_
#define IPC_HAMMER_STRESS_SCENARIOS_PING_PONG_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool PingPongApplies(const TransportKind& kind, Mode mode);
Program MakePingPong(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kPingPong = {"ping_pong",
                                       "a client and its server: one message on the way at a time",
                                       &PingPongApplies, &MakePingPong};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_PING_PONG_H_
