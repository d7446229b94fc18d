// Contact: how a stranger comes by its endpoint. It knows the channel's name only; one of them, or
// the runner, creates the channel.
//
// Usually nobody looks for the channel before it is there. With rehearsals (adversities.h) all look
// for it from the beginning, and the creator makes and removes others under the name first: whoever
// opens a channel that is half made, or half gone, must be told that it is missing, or get it.
// Where the name has other owners first (handover.h) there are no rehearsals.
#ifndef IPC_HAMMER_STRESS_ACTORS_CONTACT_H_
#define IPC_HAMMER_STRESS_ACTORS_CONTACT_H_

#include <chrono>
#include <cstdint>
#include <memory>

#include "stress/actors/guest.h"
#include "stress/recorder/flight_recorder.h"
#include "transports/transport.h"

namespace ipc_hammer {

// How long an actor may take to get its endpoint.
inline constexpr std::chrono::seconds kAttachTimeout{10};

// The endpoint of the actor that this process plays; and the channel, if it is the one to create
// it. `guests` are those that it has with owners before. Errors: those of the kind's functions;
// kTimedOut where the others do not come.
Result<std::unique_ptr<Endpoint>> MakeContact(const TransportKind& kind, FlightRecorder& recorder,
                                              std::uint32_t actor,
                                              std::unique_ptr<Channel>& channel, Guests& guests);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_ACTORS_CONTACT_H_
