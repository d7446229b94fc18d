#include "stress/cli/rerun.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "stress/jobs/job_task.h"
#include "stress/jobs/pool.h"
#include "stress/runner/process_runner.h"

namespace ipc_hammer {

std::expected<Mode, std::string> RerunMode(const CommandLine& line, const Finding& finding) {
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

Job RerunJob(const Finding& finding, Mode mode) {
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

Rerun RunOnce(const Job& job) {
  const std::array<std::unique_ptr<Task>, 1> tasks = {std::make_unique<JobTask>(job, job.kind)};
  Rerun rerun;
  rerun.signal = RunPool(tasks, PoolOptions());
  const JobTask& task = static_cast<const JobTask&>(*tasks.front());
  rerun.not_isolated = task.tally().not_isolated;
  if (rerun.signal != 0) return rerun;
  rerun.failed = task.failed();
  rerun.printed = task.printed();
  rerun.not_run = task.tally().not_run;
  return rerun;
}

}  // namespace ipc_hammer
