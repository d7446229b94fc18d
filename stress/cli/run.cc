#include "stress/cli/run.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stress/cli/campaign_report.h"
#include "stress/cli/case_names.h"
#include "stress/cli/fail.h"
#include "stress/cli/hammering.h"
#include "stress/cli/kind_names.h"
#include "stress/cli/promised_rules.h"
#include "stress/cli/table.h"
#include "stress/jobs/job_task.h"
#include "stress/jobs/print.h"
#include "stress/runner/process_runner.h"
#include "stress/scenarios/adversity.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

constexpr double kSecondsDefault = 10;

using Tasks = std::vector<std::unique_ptr<Task>>;

struct Plan {
  const CommandLine& line;
  std::vector<std::string> scenarios;
  std::vector<std::string> adversities;
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
  job.adversities = plan.adversities;
  job.options = plan.line.scenario_options;
  return job;
}

// What is to be done, and which cell of a report each task is.
struct Work {
  Tasks tasks;
  std::vector<CampaignCell> cells;

  void Add(std::unique_ptr<Task> task, const TransportKind& kind, std::string_view producer) {
    cells.push_back({&kind, producer, &task->tally()});
    tasks.push_back(std::move(task));
  }
};

void AddPrograms(const Plan& plan, const TransportKind& kind, Work& work) {
  work.Add(
      std::make_unique<JobTask>(JobOf(plan, kind, Job::What::kPrograms), kind.name + " sequential"),
      kind, "rapidcheck");
}

// One task for each mode, so that each has its own verdict.
void AddScenarios(const Plan& plan, const TransportKind& kind, Mode mode, Work& work) {
  const std::string label = fmt::format("{} {}", kind.name, ToString(mode));
  if (!Reaches(kind.traits, mode)) {
    work.Add(NotRunTask(label, "its actors cannot share a channel in this mode"), kind, "stress");
    return;
  }
  const bool named = plan.adversities.size() == 1;
  if (named && !FindAdversity(plan.adversities.front())->applies(kind, mode)) {
    work.Add(NotRunTask(label, "the adversity does not apply to this kind in this mode"), kind,
             "stress");
    return;
  }
  Job job = JobOf(plan, kind, Job::What::kScenarios);
  job.modes = {mode};
  work.Add(std::make_unique<JobTask>(std::move(job), label), kind, "stress");
}

void AddCases(const Plan& plan, const TransportKind& kind, Work& work) {
  const std::string label = fmt::format("{} {}", kind.name, ToString(Mode::kConformance));
  Job job = JobOf(plan, kind, Job::What::kCases);
  job.cases = CasesOf(kind, plan.cases);
  if (job.cases.empty()) {
    work.Add(NotRunTask(label, "no such case applies to it"), kind, "cases");
    return;
  }
  work.Add(std::make_unique<JobTask>(std::move(job), label), kind, "cases");
}

bool NamesWorkForProcesses(const CommandLine& line) {
  return line.scenario != "all" || (line.adversity != "all" && line.adversity != "none");
}

void AddTasks(const Plan& plan, const TransportKind& kind, Work& work) {
  const std::string& wanted = plan.line.mode;
  if (!wanted.empty() && wanted != "all") {
    const Mode mode = *ModeFromString(wanted);
    if (mode == Mode::kSequential) return AddPrograms(plan, kind, work);
    if (mode == Mode::kConformance) return AddCases(plan, kind, work);
    return AddScenarios(plan, kind, mode, work);
  }
  // A named scenario or adversity is work for processes, a named case is neither that nor a
  // program.
  const bool all_scenarios = !NamesWorkForProcesses(plan.line);
  const bool all_cases = plan.line.conformance_case == "all";
  // Cases come first: most of them take no luck, and what breaks one is easy to understand.
  if (all_scenarios) AddCases(plan, kind, work);
  if (all_scenarios && all_cases) AddPrograms(plan, kind, work);
  if (all_cases) {
    for (const Mode mode : ProcessModes(kind)) AddScenarios(plan, kind, mode, work);
  }
}

// What the user asked for at once and cannot have at once; empty if there is no such thing.
std::string Contradiction(const CommandLine& line) {
  const bool any_mode = line.mode.empty() || line.mode == "all";
  const bool any_scenario = !NamesWorkForProcesses(line);
  const bool any_case = line.conformance_case == "all";
  const std::string_view what = line.scenario == "all" ? "an adversity" : "a scenario";
  if (!any_scenario && !any_case) return fmt::format("{} or a case, not both", what);
  const bool without =
      line.mode == ToString(Mode::kSequential) || line.mode == ToString(Mode::kConformance);
  if (!any_scenario && without) {
    return fmt::format("{} needs a mode with processes or threads, not {}", what, line.mode);
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

int RunCommand(const CommandLine& line) {
  const auto kinds = KindsNamed(line.kind);
  if (!kinds) return FailWith(kinds.error());
  const auto scenarios = ScenariosNamed(line.scenario);
  if (!scenarios) return FailWith(scenarios.error());
  const auto adversities = AdversitiesNamed(line.adversity);
  if (!adversities) return FailWith(adversities.error());
  const auto cases = CasesNamed(line.conformance_case);
  if (!cases) return FailWith(cases.error());
  if (const std::string why = Contradiction(line); !why.empty()) return FailWith(why);
  if (!line.report.empty()) {
    if (const std::string why = ReportIsRefused(line.report); !why.empty()) return FailWith(why);
  }
  const Plan plan = {line, *scenarios, *adversities, *cases,
                     ChooseSeed(line.seed_given, line.seed)};
  Work work;
  for (const TransportKind* kind : *kinds) AddTasks(plan, *kind, work);
  CampaignRecord record;
  record.made_by = "run";
  record.started = std::chrono::system_clock::now();
  record.seed = plan.seed;
  record.processors = SideBySide();
  const std::int64_t started_ns = MonotonicNs();
  const double seconds = line.seconds > 0 ? line.seconds : kSecondsDefault;
  const int signal = RunWithProgress(work.tasks, line.rounds != 0 ? 0 : seconds, line.first);
  record.seconds = static_cast<double>(MonotonicNs() - started_ns) / 1e9;
  record.stopped = signal != 0;
  record.cells = work.cells;
  PrintTable(work.tasks);
  const int status = PrintClosing(work.tasks, signal);
  if (line.report.empty()) return status;
  const auto written = WriteCampaignReport(record, line.report);
  if (written) return status;
  const int refused = FailWith(written.error());
  return status == 0 ? refused : status;
}

}  // namespace ipc_hammer
