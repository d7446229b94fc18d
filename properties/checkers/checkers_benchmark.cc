// How long judging takes: CheckHistory for a million operations, and a ledger's cost per message.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "properties/checkers/checkers.h"
#include "properties/checkers/ledger.h"
#include "properties/checkers/reference/random_history.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kOperations = 1'000'000;

// Four producers, four consumers, a queue of 64 that is full and empty now and then.
void BM_CheckHistory(benchmark::State& state) {
  const auto priorities = static_cast<std::uint32_t>(state.range(0));
  const RandomHistoryOptions options{.queue = {.capacity = 64, .by_priority = priorities > 1},
                                     .producers = 4,
                                     .consumers = 4,
                                     .operations = kOperations,
                                     .priorities = priorities};
  Random random(1);
  const History history = RandomHistory(options, random);
  const Program program{.kind = "random",
                        .capacity_messages = 64,
                        .producers = options.producers,
                        .consumers = options.consumers,
                        .operations = {}};
  Traits traits;
  traits.exact_capacity = true;
  traits.priorities = priorities;
  traits.order = priorities > 1 ? Order::kPriority : Order::kFifo;
  for (auto _ : state) {
    const auto violations =
        CheckHistory(program, traits, history, {.drained = false, .clocked = false});
    if (!violations.empty()) state.SkipWithError(violations[0].reason.c_str());
  }
  state.SetItemsProcessed(state.iterations() * kOperations);
}
BENCHMARK(BM_CheckHistory)->Arg(1)->Arg(8)->Arg(32'768)->Unit(benchmark::kMillisecond);

void BM_LedgerEntry(benchmark::State& state) {
  const auto ledger = std::make_unique<Ledger>();
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    ledger->BeginReceive();
    ledger->Received({.producer = 1, .sequence = sequence++});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_LedgerEntry);

}  // namespace
}  // namespace ipc_hammer

BENCHMARK_MAIN();
