// What a census costs, next to the cheapest system call. Run in the sandbox, with -c opt.
#include <benchmark/benchmark.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "properties/census/census.h"
#include "properties/census/quick_census.h"
#include "properties/sandbox/sandbox.h"

namespace ipc_hammer {
namespace {

void SystemCall(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(syscall(SYS_getppid));
}

void Quick(benchmark::State& state, const CensusScope& scope, DescriptorsBy by) {
  const Result<QuickCensus> quick = QuickCensus::Open(scope, by);
  if (!quick) return state.SkipWithError(ToString(quick.error()).c_str());
  for (auto _ : state) benchmark::DoNotOptimize(quick->Take());
}

void Full(benchmark::State& state, const CensusScope& scope) {
  for (auto _ : state) benchmark::DoNotOptimize(TakeCensus(scope));
}

}  // namespace
}  // namespace ipc_hammer

int main(int argc, char** argv) {
  const ipc_hammer::SandboxReport sandbox = ipc_hammer::EnterSandbox();
  std::puts(ToString(sandbox).c_str());
  const ipc_hammer::CensusScope scope = ipc_hammer::ScopeOf(sandbox);
  using ipc_hammer::DescriptorsBy;
  benchmark::RegisterBenchmark("system_call", ipc_hammer::SystemCall);
  benchmark::RegisterBenchmark("quick", ipc_hammer::Quick, scope, DescriptorsBy::kStat);
  benchmark::RegisterBenchmark("quick_by_poll", ipc_hammer::Quick, scope, DescriptorsBy::kPoll);
  benchmark::RegisterBenchmark("full", ipc_hammer::Full, scope);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
