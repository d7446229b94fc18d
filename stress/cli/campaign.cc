#include "stress/cli/campaign.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include "properties/hammered_kinds.h"
#include "stress/cli/campaign_report.h"
#include "stress/cli/case_names.h"
#include "stress/cli/fail.h"
#include "stress/cli/hammering.h"
#include "stress/cli/kind_names.h"
#include "stress/cli/promised_rules.h"
#include "stress/cli/table.h"
#include "stress/jobs/fuzz_task.h"
#include "stress/jobs/job_task.h"
#include "stress/jobs/print.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

constexpr double kSecondsDefault = 120;

enum Column : std::size_t { kCases, kFuzz, kRapidcheck, kStress, kColumns };

using Tasks = std::vector<std::unique_ptr<Task>>;

// A folder of the campaign's own, gone at its end.
class Scratch {
 public:
  std::expected<void, std::string> Make() {
    std::error_code error;
    path_ = std::filesystem::temp_directory_path(error).string() + "/ipc_hammer.XXXXXX";
    if (!error && mkdtemp(path_.data()) != nullptr) return {};
    const std::string reason = error ? error.message() : std::strerror(errno);
    const std::string path = std::exchange(path_, "");
    return std::unexpected(fmt::format("{}: {}", path, reason));
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  std::string Folder(const std::string& name) const {
    std::error_code ignored;
    std::filesystem::create_directory(path_ + "/" + name, ignored);
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

struct Plan {
  const CommandLine& line;
  const Scratch& scratch;
  std::string findings;
  std::vector<std::string> scenarios;
  std::vector<std::string> adversities;
  std::vector<std::string> cases;
  std::uint64_t seed;
};

std::string TargetOf(const TransportKind& kind) { return kind.name + "_program_fuzz"; }

std::unique_ptr<Task> FuzzCell(const Plan& plan, const TransportKind& kind) {
  const std::string target = TargetOf(kind);
  const std::string label = kind.name + " fuzz";
  if (plan.line.fuzzers.empty()) return NotRunTask(label, "no --fuzzers");
  const std::string binary = plan.line.fuzzers + "/" + target;
  if (access(binary.c_str(), X_OK) != 0) {
    return NotRunTask(label, fmt::format("no fuzz binary: {}", std::strerror(errno)));
  }
  // The real path: a fuzz target finds its seeds beside itself.
  std::error_code ignored;
  FuzzSettings settings = {.binary = std::filesystem::canonical(binary, ignored).string(),
                           .target = target,
                           .scratch = plan.scratch.Folder(kind.name),
                           .findings = plan.findings,
                           .seed = static_cast<std::uint32_t>(plan.seed)};
  return std::make_unique<FuzzTask>(kind, std::move(settings));
}

Job JobOf(const Plan& plan, const TransportKind& kind, Job::What what) {
  Job job;
  job.what = what;
  job.kind = kind.name;
  job.seed = plan.seed;
  job.findings = plan.findings;
  return job;
}

std::unique_ptr<Task> ProgramsCell(const Plan& plan, const TransportKind& kind) {
  return std::make_unique<JobTask>(JobOf(plan, kind, Job::What::kPrograms),
                                   kind.name + " rapidcheck");
}

std::unique_ptr<Task> StressCell(const Plan& plan, const TransportKind& kind) {
  Job job = JobOf(plan, kind, Job::What::kScenarios);
  job.scenarios = plan.scenarios;
  job.adversities = plan.adversities;
  job.modes = ProcessModes(kind);
  return std::make_unique<JobTask>(std::move(job), kind.name + " stress");
}

std::unique_ptr<Task> CasesCell(const Plan& plan, const TransportKind& kind) {
  const std::string label = kind.name + " cases";
  Job job = JobOf(plan, kind, Job::What::kCases);
  job.cases = CasesOf(kind, plan.cases);
  if (job.cases.empty()) return NotRunTask(label, "no case applies to it");
  return std::make_unique<JobTask>(std::move(job), label);
}

// Column after column, so that each kind has been hammered somehow when a quarter is over. Cases
// come first, as in `run`.
Tasks MakeTasks(const Plan& plan) {
  Tasks tasks;
  for (const TransportKind& kind : HammeredKinds()) tasks.push_back(CasesCell(plan, kind));
  for (const TransportKind& kind : HammeredKinds()) tasks.push_back(FuzzCell(plan, kind));
  for (const TransportKind& kind : HammeredKinds()) tasks.push_back(ProgramsCell(plan, kind));
  for (const TransportKind& kind : HammeredKinds()) tasks.push_back(StressCell(plan, kind));
  return tasks;
}

constexpr std::array<std::string_view, kColumns> kProducers = {"cases", "fuzz", "rapidcheck",
                                                               "stress"};

std::vector<CampaignCell> CellsOf(const Tasks& tasks) {
  const std::vector<TransportKind>& kinds = HammeredKinds();
  std::vector<CampaignCell> cells;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const TransportKind& kind = kinds[i % kinds.size()];
    const std::size_t column = i / kinds.size();
    cells.push_back({.kind = &kind,
                     .producer = kProducers[column],
                     .tally = &tasks[i]->tally(),
                     .target = column == kFuzz ? TargetOf(kind) : ""});
  }
  return cells;
}

void PrintTable(const Tasks& tasks) {
  const std::size_t kinds = HammeredKinds().size();
  Table table({"KIND", ">CASES", ">CASES/S", "VERDICT", ">FUZZ", ">EXEC/S", "VERDICT",
               ">RAPIDCHECK", ">PROGRAMS/S", "VERDICT", ">STRESS", ">MESSAGES", ">MESSAGES/S",
               "VERDICT"});
  for (std::size_t i = 0; i < kinds; ++i) {
    std::vector<std::string> cells = {HammeredKinds()[i].name};
    for (std::size_t column = 0; column < kColumns; ++column) {
      const Tally& tally = tasks[column * kinds + i]->tally();
      cells.push_back(Amount(tally));
      const bool stress = column == kStress;
      if (stress) cells.push_back(Short(static_cast<double>(tally.messages)));
      cells.push_back(Rate(stress ? tally.messages : tally.executions, tally.seconds));
      cells.push_back(Verdict(tally));
    }
    table.Add(std::move(cells));
  }
  Print(stdout, "\n{}", table.ToText());
}

}  // namespace

int CampaignCommand(const CommandLine& line) {
  if (!line.fuzzers.empty() && access(line.fuzzers.c_str(), R_OK) != 0) {
    return FailWith(fmt::format("{}: {}", line.fuzzers, std::strerror(errno)));
  }
  if (!line.report.empty()) {
    if (const std::string why = ReportIsRefused(line.report); !why.empty()) return FailWith(why);
  }
  Scratch scratch;
  if (const auto made = scratch.Make(); !made) return FailWith(made.error());
  const Plan plan = {line,
                     scratch,
                     line.findings.empty() ? FindingsFolder() : line.findings,
                     ScenariosNamed("all").value_or(std::vector<std::string>{}),
                     AdversitiesNamed("all").value_or(std::vector<std::string>{}),
                     CasesNamed("all").value_or(std::vector<std::string>{}),
                     ChooseSeed(line.seed_given, line.seed)};
  const Tasks tasks = MakeTasks(plan);
  CampaignRecord record;
  record.started = std::chrono::system_clock::now();
  record.seed = plan.seed;
  record.processors = SideBySide();
  const std::int64_t started_ns = MonotonicNs();
  const int signal = RunWithProgress(tasks, line.seconds > 0 ? line.seconds : kSecondsDefault);
  record.seconds = static_cast<double>(MonotonicNs() - started_ns) / 1e9;
  record.stopped = signal != 0;
  record.cells = CellsOf(tasks);
  PrintTable(tasks);
  const int status = PrintClosing(tasks, signal);
  if (line.report.empty()) return status;
  const auto written = WriteCampaignReport(record, line.report);
  if (written) return status;
  const int refused = FailWith(written.error());
  return status == 0 ? refused : status;
}

}  // namespace ipc_hammer
