// Probe: what a fresh process finds after others were killed.
//
// Each function is the body of a forked child and returns its exit status: 0, kExitBroken with one
// line on stderr that says what is broken, or kExitRefused (the machine's limits).
#ifndef IPC_HAMMER_STRESS_RUNNER_PROBE_H_
#define IPC_HAMMER_STRESS_RUNNER_PROBE_H_

#include <cstdint>

#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

inline constexpr int kExitBroken = 73;

// Whether a newcomer can still join the channel of a run whose actors have all gone.
bool CanProbeSurvivor(const TransportKind& kind);

// Opens the channel under its name, takes what the run left in it (nothing torn), and exchanges
// messages through it. REQUIRES: CanProbeSurvivor(kind), and the creator lives.
int ProbeSurvivor(const TransportKind& kind, const Program& program, const ChannelName& name);

// Creates a channel under the name that a dead creator left behind. It has to come up, to be empty,
// to work, and to be gone afterwards.
int ProbeRestart(const TransportKind& kind, const Program& program, const ChannelName& name);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RUNNER_PROBE_H_
