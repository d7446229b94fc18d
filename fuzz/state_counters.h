// State counters: show libFuzzer what coverage of the code cannot see, by what happened in a run:
// which action had which outcome, with how much queued and which actors closed, after which
// outcome before, and which fault was really injected.
//
// A counter above zero is a feature; a program that shows a new one is kept and mutated further.
#ifndef IPC_HAMMER_FUZZ_STATE_COUNTERS_H_
#define IPC_HAMMER_FUZZ_STATE_COUNTERS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "properties/history/history.h"
#include "properties/program/program.h"

namespace ipc_hammer {

// A power of two. Large enough that states seldom share a counter by their hash.
inline constexpr std::size_t kStateCounters = 1 << 13;

// Sets the counters of a sequential run's states to 1. REQUIRES: counters.size() == kStateCounters.
void CountStates(const Program& program, const History& history,
                 std::span<volatile std::uint8_t> counters);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_FUZZ_STATE_COUNTERS_H_
