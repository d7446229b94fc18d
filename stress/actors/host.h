// Host: what a process that plays actors does from its first instruction to its last: make or find
// the channel, take its endpoints, perform, give everything back, and see that nothing is left.
//
// Each function is the body of one process and returns its exit status: 0, kExitLeak or
// kExitRefused. The first two run in forked children of the runner, the third in an exec'ed one.
#ifndef IPC_HAMMER_STRESS_ACTORS_HOST_H_
#define IPC_HAMMER_STRESS_ACTORS_HOST_H_

#include <cstdint>
#include <memory>

#include "properties/census/census.h"
#include "stress/recorder/flight_recorder.h"
#include "transports/transport.h"

namespace ipc_hammer {

// All actors, each in a thread, on a channel that is created here.
int HostThreads(const TransportKind& kind, FlightRecorder& recorder, const CensusScope& scope);

// One actor, on a channel that was inherited by fork. Destroys the child's copy of it.
int HostRelative(std::unique_ptr<Channel>& channel, const TransportKind& kind,
                 FlightRecorder& recorder, std::uint32_t actor);

// One actor that knows the channel's name only; it creates the channel if it is the one to.
int HostStranger(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_HOST_H_
