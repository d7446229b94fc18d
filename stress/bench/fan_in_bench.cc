// fan_in, four producers to one consumer, 64-byte messages, every byte verified: messages a second
// for each kind, with forked relatives where the kind reaches them and threads where it does not.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "properties/sandbox/sandbox.h"
#include "stress/runner/process_runner.h"
#include "stress/scenarios/scenario.h"
#include "transports/kinds.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kProducers = 4;
constexpr std::uint32_t kMessageBytes = 64;
constexpr std::uint32_t kMessages = 50'000;  // of each producer

void FanIn(benchmark::State& state, const TransportKind& kind, const SandboxReport& sandbox) {
  const Program program = FindScenario("fan_in")->make(
      kind, {.producers = kProducers, .message_size = kMessageBytes, .messages = kMessages});
  ProcessOptions options;
  options.mode = Reaches(kind.traits, Mode::kRelatives) ? Mode::kRelatives : Mode::kThreads;
  options.sandbox = sandbox;
  options.folder = sandbox.scratch_folder;
  options.keep_history = false;
  std::uint64_t messages = 0;
  for (auto _ : state) {
    const RunReport report = RunProcesses(kind, program, options);
    if (report.refused || !report.violations.empty()) {
      state.SkipWithError(report.refused ? report.refusal.c_str()
                                         : report.violations.front().reason.c_str());
      return;
    }
    messages += report.messages;
    state.SetIterationTime(report.seconds);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(messages));
}

}  // namespace
}  // namespace ipc_hammer

int main(int argc, char** argv) {
  using namespace ipc_hammer;
  const SandboxReport sandbox = EnterSandbox();
  for (const TransportKind& kind : AllKinds()) {
    benchmark::RegisterBenchmark(("FanIn/" + kind.name).c_str(),
                                 [&](benchmark::State& state) { FanIn(state, kind, sandbox); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
