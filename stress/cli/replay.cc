#include "stress/cli/replay.h"

#include <fmt/format.h>

#include <utility>

#include "stress/cli/fail.h"
#include "stress/cli/load.h"
#include "stress/cli/progress_line.h"
#include "stress/cli/rerun.h"
#include "stress/jobs/job_main.h"
#include "stress/jobs/print.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// What depends on timing may need some tries; what does not fails at once or never. By default the
// first failure ends it: it is what is asked for.
constexpr std::uint64_t kRacingRuns = 20;
// As many as a screen has lines for.
constexpr std::uint64_t kEventsAroundIt = 16;
// Once it has failed, and each run takes long (a hang), no more than this is spent on counting.
constexpr std::int64_t kCountingNs = 60'000'000'000;

struct Replay {
  Job job;
  std::uint64_t runs_max = 1;
  bool counts = false;  // go on after a failure, to say how often it fails
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::string first_failure;
  std::string refusal;
  std::string not_isolated;
  int signal = 0;
};

void Take(Rerun rerun, Replay& replay) {
  replay.not_isolated = std::move(rerun.not_isolated);
  replay.signal = rerun.signal;
  if (replay.signal != 0) return;
  ++replay.runs;
  if (rerun.failed && replay.failed++ == 0) replay.first_failure = std::move(rerun.printed);
  if (!rerun.not_run.empty()) replay.refusal = std::move(rerun.not_run);
}

void RunAll(Replay& replay) {
  ProgressLine progress;
  const std::int64_t started_ns = MonotonicNs();
  while (replay.runs < replay.runs_max && replay.signal == 0 && replay.refusal.empty()) {
    const bool is_enough = !replay.counts || MonotonicNs() - started_ns > kCountingNs;
    if (replay.failed != 0 && is_enough) return;
    progress.Show(
        fmt::format("run {} of {}, {} failed", replay.runs + 1, replay.runs_max, replay.failed));
    Take(RunOnce(replay.job), replay);
  }
}

int Conclude(const Replay& replay) {
  if (!replay.not_isolated.empty()) {
    Print(stderr, "sandbox: NOT isolated ({})\n", replay.not_isolated);
  }
  if (replay.failed == 0 && replay.signal == 0 && !replay.refusal.empty()) {
    return FailWith("not run: " + replay.refusal);
  }
  Print(stdout, "{}failed in {} of {} run{} ({})\n", replay.first_failure, replay.failed,
        replay.runs, replay.runs == 1 ? "" : "s", ToString(PositionOf(replay.job, 0).mode));
  if (replay.signal != 0) return 128 + replay.signal;
  return replay.failed == 0 ? 0 : 1;
}

// What happens is printed as it happens: a debugger may end it at any point.
int ReplayHere(Job job) {
  job.in_debugger = true;
  std::fflush(stdout);
  const auto failed = RunJobHere(job);
  if (!failed) return FailWith("not run: " + failed.error());
  Print(stdout, "failed in {} of 1 run ({})\n", *failed ? 1 : 0, ToString(PositionOf(job, 0).mode));
  return *failed ? 1 : 0;
}

}  // namespace

int ReplayCommand(const CommandLine& line) {
  const auto loaded = Load(line.path, line.kind);
  if (!loaded) return FailWith(loaded.error());
  const Program& program = loaded->finding.program;
  if (program.kind.empty()) {
    return FailWith(fmt::format("{}: found by {}, which has no program: ci/repro replays it",
                                line.path, loaded->finding.target));
  }
  const auto mode = RerunMode(line, loaded->finding);
  if (!mode) return FailWith(mode.error());
  Replay replay;
  replay.job = RerunJob(loaded->finding, *mode);
  if (!line.full) replay.job.events_shown = kEventsAroundIt;
  replay.runs_max = *mode == Mode::kSequential ? 1 : kRacingRuns;
  if (line.runs != 0) replay.runs_max = line.runs;
  replay.counts = line.runs != 0;
  if (loaded->is_finding) {
    Print(stdout, "recorded: {}: {}\n", ToString(loaded->finding.violation.rule),
          loaded->finding.violation.reason);
  }
  if (line.in_process) return ReplayHere(std::move(replay.job));
  RunAll(replay);
  return Conclude(replay);
}

}  // namespace ipc_hammer
