// The experiments, one for each probe. Each makes its own channels, in this process and in children
// that it forks, and leaves nothing behind that it did not measure as left behind.
//
// REQUIRES: a process of its own that may end in the middle (RunProbe), in the sandbox, without
// other threads. Blocking: as long as Soon() for what has to come; what may never come is waited
// for a moment (MomentOf). An experiment that finds the contract broken on its way returns a failed
// cell.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_EXPERIMENTS_H_
#define IPC_HAMMER_PROPERTIES_PROBES_EXPERIMENTS_H_

#include <chrono>

#include "properties/probes/cell.h"
#include "transports/transport.h"

namespace ipc_hammer {

// How long is waited for what may never come. What can come is there at once, but where other
// threads or the network stack carry it; those have to be given a processor first.
inline constexpr std::chrono::milliseconds kMoment{100}, kMomentOfOthers{1000};
inline std::chrono::milliseconds MomentOf(const Traits& traits) {
  return traits.asynchronous ? kMomentOfOthers : kMoment;
}

Cell MeasureWays(const TransportKind& kind);            // "both ways", "one way"
Cell MeasureReach(const TransportKind& kind);           // words of Reach
Cell MeasureFraming(const TransportKind& kind);         // words of Shape
Cell MeasureOrder(const TransportKind& kind);           // words of Order, or "none"
Cell MeasureCapacity(const TransportKind& kind);        // "exact", or how many messages of 64 B
Cell MeasureSurvival(const TransportKind& kind);        // "yes", "no"
Cell MeasureEndOfFile(const TransportKind& kind);       // words of EndOfFile
Cell MeasureNobodyReceives(const TransportKind& kind);  // "told", "not told"
Cell MeasurePersistence(const TransportKind& kind);     // words of Persistence
Cell MeasureCleanup(const TransportKind& kind);         // "kernel", "user"
Cell MeasureThroughput(const TransportKind& kind);      // messages of 64 B a second
Cell MeasureRoundTrip(const TransportKind& kind);       // nanoseconds
Cell MeasureCallsOfMessage(const TransportKind& kind);  // system calls
Cell MeasureCallsOfChannel(const TransportKind& kind);  // system calls

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_EXPERIMENTS_H_
