// Counts: what has no identity of its own (tokens, bytes of a stream, messages too short for a
// header) is judged by counting: at no time was more received than had been sent. And loss, which
// counts both kinds: what is missing against what the killed may have taken with them.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_COUNTS_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_COUNTS_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

// How much an event without identity counts: the bytes of a stream, else 1.
std::uint64_t WeightOf(const Case& subject, const Event& event);

// No-invention and boundaries.
void CheckCounts(const Case& subject, const Exchange& exchange, Report& report);

// No-loss, of the lane from producers to consumers. Nothing if not drained.
void CheckLoss(const Case& subject, const Exchange& exchange, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_COUNTS_H_
