#include "stress/cli/traits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "properties/hammered_kinds.h"
#include "properties/probes/claims.h"
#include "properties/probes/mechanism_ways.h"
#include "properties/probes/probe.h"
#include "properties/probes/probe_run.h"
#include "properties/sandbox/sandbox.h"
#include "properties/testing/test_sandbox.h"
#include "stress/cli/fail.h"
#include "stress/cli/kind_names.h"
#include "stress/cli/progress_line.h"
#include "stress/cli/traits_report.h"
#include "transports/pipe/pipe.h"

namespace ipc_hammer {
namespace {

double PipeRate() { return RunProbe(*FindProbe("throughput"), Pipe()).number; }

// The pipe is measured before and after, so that what else the machine does slows both.
MeasuredKind Measure(const TransportKind& kind, ProgressLine& progress) {
  MeasuredKind measured = {&kind, {}, 0};
  for (const Probe& probe : AllProbes()) {
    progress.Show(fmt::format("{}: {}", kind.name, probe.question));
    const bool is_compared = probe.name == "throughput";
    const double before = is_compared ? PipeRate() : 0;
    measured.cells.push_back(RunProbe(probe, kind));
    if (is_compared) measured.pipe_rate = (before + PipeRate()) / 2;
  }
  return measured;
}

Measurement MeasureAll(const std::vector<const TransportKind*>& kinds) {
  ProgressLine progress;
  Measurement measurement;
  for (const TransportKind* kind : kinds) {
    measurement.kinds.push_back(Measure(*kind, progress));
  }
  for (const MechanismExperiment& experiment : AllWaysOfMechanisms()) {
    measurement.objects.push_back(
        {experiment.mechanism, experiment.object, RunExperiment(experiment.measure)});
  }
  return measurement;
}

}  // namespace

int TraitsCommand(const CommandLine& line) {
  const auto kinds = KindsNamed(line.kinds);
  if (!kinds) return FailWith(kinds.error());
  std::fflush(nullptr);  // or both processes of the sandbox would print what is not yet printed
  SetTestSandbox(EnterSandbox());
  const Measurement measurement = MeasureAll(*kinds);
  if (line.json) {
    PrintTraitsAsJson(measurement);
  } else {
    PrintTraits(measurement, !line.kinds.empty());
  }
  return Contradictions(measurement).empty() ? 0 : 1;
}

}  // namespace ipc_hammer
