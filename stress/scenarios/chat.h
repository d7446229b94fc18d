// chat: several clients and their server, requests and answers on the way at the same time.
//
// Duplex kinds only. Each client sends a few requests, then takes the answers to all of them; the
// server gives each request as many answers, while those of the other clients come in. What is on
// the way stays below every floor, so nobody has to wait for room.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_CHAT_H_
#define IPC_HAMMER_STRESS_SCENARIOS_CHAT_H_

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

bool ChatApplies(const TransportKind& kind, Mode mode);
Program MakeChat(const TransportKind& kind, const ScenarioOptions& options);

inline constexpr Scenario kChat = {
    "chat", "several clients and a server, requests and answers crossing", &ChatApplies, &MakeChat};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_CHAT_H_
