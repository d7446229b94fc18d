// The system calls of a send and its receive, made directly and without waiting on one thread: what
// kinds_bench.cc's OneThread is compared with.
#ifndef IPC_HAMMER_STRESS_BENCH_BARE_CALLS_H_
#define IPC_HAMMER_STRESS_BENCH_BARE_CALLS_H_

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string_view>

namespace ipc_hammer {

// Measures as many calls as `state` asks for, of messages of `bytes`.
using BareCalls = void (*)(benchmark::State& state, std::size_t bytes);

// Null where a kind is no thin layer over system calls, or they do not take that size here.
BareCalls BareCallsOf(std::string_view kind, std::size_t bytes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_BENCH_BARE_CALLS_H_
