#include "stress/cli/replay.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "stress/cli/fail.h"
#include "stress/cli/load.h"
#include "stress/cli/progress_line.h"
#include "stress/jobs/job_task.h"
#include "stress/jobs/pool.h"
#include "stress/jobs/print.h"
#include "stress/runner/process_runner.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// What depends on timing may need some tries; what does not fails at once or never.
constexpr std::uint64_t kRacingRuns = 20;
// Once it has failed, and each run takes long (a hang), no more than this is spent on counting.
constexpr std::int64_t kCountingNs = 60'000'000'000;

struct Replay {
  Job job;
  std::uint64_t runs_max = 1;
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;
  std::string first_failure;
  std::string refusal;
  std::string not_isolated;
  int signal = 0;
};

void RunOnce(Replay& replay) {
  const std::array<std::unique_ptr<Task>, 1> tasks = {
      std::make_unique<JobTask>(replay.job, replay.job.kind)};
  replay.signal = RunPool(tasks, PoolOptions());
  const JobTask& task = static_cast<const JobTask&>(*tasks.front());
  replay.not_isolated = task.tally().not_isolated;
  if (replay.signal != 0) return;
  ++replay.runs;
  if (task.failed() && replay.failed++ == 0) replay.first_failure = task.printed();
  if (!task.tally().not_run.empty()) replay.refusal = task.tally().not_run;
}

void RunAll(Replay& replay) {
  ProgressLine progress;
  const std::int64_t started_ns = MonotonicNs();
  while (replay.runs < replay.runs_max && replay.signal == 0 && replay.refusal.empty()) {
    if (replay.failed != 0 && MonotonicNs() - started_ns > kCountingNs) return;
    progress.Show(
        fmt::format("run {} of {}, {} failed", replay.runs + 1, replay.runs_max, replay.failed));
    RunOnce(replay);
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

// The recorded mode or what the user wants instead; one line if that cannot be.
std::expected<Mode, std::string> ModeOf(const CommandLine& line, const Finding& finding) {
  const std::expected<Mode, std::string> mode =
      line.mode.empty() ? finding.mode : ModeFromString(line.mode);
  if (!mode) return mode;
  const bool is_case = !finding.case_name.empty();
  if (is_case != (*mode == Mode::kConformance)) {
    return std::unexpected(fmt::format("{}: a {} has no mode {}", line.path,
                                       is_case ? "conformance case" : "program", ToString(*mode)));
  }
  const bool needs_reach = !is_case && *mode != Mode::kSequential;
  if (needs_reach && !Reaches(FindHammeredKind(finding.program.kind)->traits, *mode)) {
    return std::unexpected(fmt::format("{}: its actors cannot share a channel in mode {}",
                                       finding.program.kind, ToString(*mode)));
  }
  return mode;
}

Job JobOf(const Finding& finding, Mode mode) {
  Job job;
  job.kind = finding.program.kind;
  job.rounds = 1;
  if (mode == Mode::kConformance) {
    job.what = Job::What::kCase;
    job.cases = {finding.case_name};
  } else {
    job.what = Job::What::kProgram;
    job.modes = {mode};
    job.program = ToText(finding.program);
  }
  return job;
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
  const auto mode = ModeOf(line, loaded->finding);
  if (!mode) return FailWith(mode.error());
  Replay replay;
  replay.job = JobOf(loaded->finding, *mode);
  replay.runs_max = *mode == Mode::kSequential ? 1 : kRacingRuns;
  if (line.runs != 0) replay.runs_max = line.runs;
  if (loaded->is_finding) {
    Print(stdout, "recorded: {}: {}\n", ToString(loaded->finding.violation.rule),
          loaded->finding.violation.reason);
  }
  RunAll(replay);
  return Conclude(replay);
}

}  // namespace ipc_hammer
