// Kinds of libraries that claim what their library does not keep. As our own kinds declare it, it
// is no finding; claimed, it is one, and goes on being one until the library mends it.
#ifndef IPC_HAMMER_STRESS_EXPECTED_FINDINGS_CLAIMS_H_
#define IPC_HAMMER_STRESS_EXPECTED_FINDINGS_CLAIMS_H_

#include <utility>

#include "transports/transport.h"

namespace ipc_hammer {

inline TransportKind ClaimsToSurviveKills(TransportKind kind) {
  kind.traits.survives_kill = true;
  return kind;
}

inline TransportKind ClaimsDeadlinesBesideStopped(TransportKind kind) {
  kind.traits.deadline_beside_stopped = true;
  return kind;
}

inline TransportKind ClaimsMonotonicDeadlines(TransportKind kind) {
  kind.traits.wall_clock_deadlines = false;
  return kind;
}

inline TransportKind ClaimsItsMemory(TransportKind kind) {
  kind.traits.reserves_memory = true;
  return kind;
}

inline TransportKind ClaimsToSurviveDescriptorShortage(TransportKind kind) {
  kind.traits.survives_descriptor_shortage = true;
  return kind;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_EXPECTED_FINDINGS_CLAIMS_H_
