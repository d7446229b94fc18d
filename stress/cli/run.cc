#include "stress/cli/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "stress/cli/case_names.h"
#include "stress/cli/fail.h"
#include "stress/cli/hammering.h"
#include "stress/cli/kind_names.h"
#include "stress/cli/table.h"
#include "stress/jobs/job_task.h"
#include "stress/jobs/print.h"
#include "stress/runner/process_runner.h"

namespace ipc_hammer {
namespace {

constexpr double kSecondsDefault = 10;

using Tasks = std::vector<std::unique_ptr<Task>>;

struct Plan {
  const CommandLine& line;
  std::vector<std::string> scenarios;
  std::vector<std::string> cases;
  std::uint64_t seed;
};

Job JobOf(const Plan& plan, const TransportKind& kind, Job::What what) {
  Job job;
  job.what = what;
  job.kind = kind.name;
  job.seed = plan.seed;
  job.rounds = plan.line.rounds;
  job.findings = plan.line.findings.empty() ? FindingsFolder() : plan.line.findings;
  job.scenarios = plan.scenarios;
  job.options = plan.line.scenario_options;
  return job;
}

void AddPrograms(const Plan& plan, const TransportKind& kind, Tasks& tasks) {
  tasks.push_back(std::make_unique<JobTask>(JobOf(plan, kind, Job::What::kPrograms),
                                            kind.name + " sequential"));
}

// One task for each mode, so that each has its own verdict.
void AddScenarios(const Plan& plan, const TransportKind& kind, Mode mode, Tasks& tasks) {
  const std::string label = fmt::format("{} {}", kind.name, ToString(mode));
  if (!Reaches(kind.traits, mode)) {
    tasks.push_back(NotRunTask(label, "its actors cannot share a channel in this mode"));
    return;
  }
  Job job = JobOf(plan, kind, Job::What::kScenarios);
  job.modes = {mode};
  tasks.push_back(std::make_unique<JobTask>(std::move(job), label));
}

void AddCases(const Plan& plan, const TransportKind& kind, Tasks& tasks) {
  const std::string label = fmt::format("{} {}", kind.name, ToString(Mode::kConformance));
  Job job = JobOf(plan, kind, Job::What::kCases);
  job.cases = CasesOf(kind, plan.cases);
  if (job.cases.empty()) {
    tasks.push_back(NotRunTask(label, "no such case applies to it"));
    return;
  }
  tasks.push_back(std::make_unique<JobTask>(std::move(job), label));
}

void AddTasks(const Plan& plan, const TransportKind& kind, Tasks& tasks) {
  const std::string& wanted = plan.line.mode;
  if (!wanted.empty() && wanted != "all") {
    const Mode mode = *ModeFromString(wanted);
    if (mode == Mode::kSequential) return AddPrograms(plan, kind, tasks);
    if (mode == Mode::kConformance) return AddCases(plan, kind, tasks);
    return AddScenarios(plan, kind, mode, tasks);
  }
  // A named scenario is work for processes, a named case is neither that nor a program.
  const bool all_scenarios = plan.line.scenario == "all";
  const bool all_cases = plan.line.conformance_case == "all";
  // Cases come first: most of them take no luck, and what breaks one is easy to understand.
  if (all_scenarios) AddCases(plan, kind, tasks);
  if (all_scenarios && all_cases) AddPrograms(plan, kind, tasks);
  if (all_cases) {
    for (const Mode mode : ProcessModes(kind)) AddScenarios(plan, kind, mode, tasks);
  }
}

// What the user asked for at once and cannot have at once; empty if there is no such thing.
std::string Contradiction(const CommandLine& line) {
  const bool any_mode = line.mode.empty() || line.mode == "all";
  const bool any_scenario = line.scenario == "all";
  const bool any_case = line.conformance_case == "all";
  if (!any_scenario && !any_case) return "a scenario or a case, not both";
  if (!any_scenario && line.mode == ToString(Mode::kSequential)) {
    return "a scenario needs a mode with processes or threads, not sequential";
  }
  if (!any_scenario && line.mode == ToString(Mode::kConformance)) {
    return "a scenario needs a mode with processes or threads, not conformance";
  }
  if (!any_case && !any_mode && line.mode != ToString(Mode::kConformance)) {
    return "a case has the mode conformance, not " + line.mode;
  }
  return "";
}

void PrintTable(const Tasks& tasks) {
  Table table(
      {"KIND MODE", ">ROUNDS", ">ROUNDS/S", ">MESSAGES", ">MESSAGES/S", ">BYTES/S", "VERDICT"});
  for (const auto& task : tasks) {
    const Tally& tally = task->tally();
    table.Add({task->Label(), Amount(tally), Rate(tally.executions, tally.seconds),
               tally.cases_all != 0 ? "-" : Short(static_cast<double>(tally.messages)),
               Rate(tally.messages, tally.seconds), Rate(tally.bytes, tally.seconds),
               Verdict(tally)});
  }
  Print(stdout, "{}", table.ToText());
}

}  // namespace

std::vector<Mode> ProcessModes(const TransportKind& kind) {
  std::vector<Mode> modes;
  for (const Mode mode : {Mode::kThreads, Mode::kRelatives, Mode::kStrangers}) {
    if (Reaches(kind.traits, mode)) modes.push_back(mode);
  }
  return modes;
}

int RunCommand(const CommandLine& line) {
  const auto kinds = KindsNamed(line.kind);
  if (!kinds) return FailWith(kinds.error());
  const auto scenarios = ScenariosNamed(line.scenario);
  if (!scenarios) return FailWith(scenarios.error());
  const auto cases = CasesNamed(line.conformance_case);
  if (!cases) return FailWith(cases.error());
  if (const std::string why = Contradiction(line); !why.empty()) return FailWith(why);
  const Plan plan = {line, *scenarios, *cases, ChooseSeed(line.seed_given, line.seed)};
  Tasks tasks;
  for (const TransportKind* kind : *kinds) AddTasks(plan, *kind, tasks);
  const double seconds = line.seconds > 0 ? line.seconds : kSecondsDefault;
  const int signal = RunWithProgress(tasks, line.rounds != 0 ? 0 : seconds, line.fail_fast);
  PrintTable(tasks);
  return PrintClosing(tasks, signal);
}

}  // namespace ipc_hammer
