#include "stress/jobs/job_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <utility>

#include "properties/conformance/case_run.h"
#include "properties/history/violation_lanes.h"
#include "stress/jobs/print.h"
#include "stress/jobs/shrink.h"
#include "transports/deadline.h"

extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace ipc_hammer {
namespace {

// Less than a second of work, far more than a program of 100 operations needs ...
constexpr std::size_t kShrinkTriesMax = 4000;
// ... where a try is no wait for what is lost. `hammer minimise` has more patience.
constexpr std::chrono::seconds kShrinkingMax{2};
constexpr std::chrono::hours kDebuggersPatience{24};
constexpr std::int64_t kSlowNs = 200'000'000;
// So often a program has to fail again to be taken for one that always does.
constexpr int kFailuresBeforeShrinking = 2;

void Add(std::atomic<std::uint64_t>& counter, std::uint64_t count) {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

std::int64_t UntilNs(const Job& job) {
  if (job.seconds <= 0) return std::numeric_limits<std::int64_t>::max();
  return MonotonicNs() + static_cast<std::int64_t>(job.seconds * 1e9);
}

// The program that is replayed, for the sanitizer's last word.
struct Replayed {
  const Program* program = nullptr;
  const SequentialRunner* runner = nullptr;
  std::size_t events_shown = 0;
};
Replayed replayed;

// A call that never returned is the last of the history. Called by the sanitizer after its report.
void ShowWhereItDied() {
  if (replayed.program == nullptr) return;
  const Violation death = {Rule::kNoCrash, "the process died in this call", Violation::kNoEvent};
  Print(
      stdout, "{}",
      ViolationLanes(*replayed.program, replayed.runner->history(), death, replayed.events_shown));
  std::fflush(stdout);
}

}  // namespace

JobRun::JobRun(const Job& job, const TransportKind& kind, const SandboxReport& sandbox,
               JobPage& page, std::atomic<bool>& stop)
    : job_(job),
      kind_(kind),
      sandbox_(sandbox),
      page_(page),
      stop_(stop),
      runner_(kind, {.text = sandbox.name_prefix + "job", .folder = sandbox.scratch_folder}),
      cases_(sandbox),
      until_ns_(UntilNs(job)) {}

bool JobRun::Over(std::uint64_t round) const {
  if (stop_.load(std::memory_order_relaxed)) return true;
  if (job_.rounds != 0 && round >= job_.rounds) return true;
  return MonotonicNs() >= until_ns_;
}

void JobRun::Run() {
  if (!job_.cases.empty() && !MachineAllowsCases()) return;
  const std::uint64_t different =
      std::max({std::uint64_t{1}, std::uint64_t{job_.scenarios.size()} * job_.modes.size(),
                std::uint64_t{job_.cases.size()}});
  std::uint64_t skipped_in_a_row = 0;
  std::uint64_t position = job_.first_round;
  for (std::uint64_t round = 0; !Over(round) && skipped_in_a_row < different; ++position) {
    if (AppliesAt(job_, kind_, PositionOf(job_, position))) {
      RunRound(position);
      skipped_in_a_row = 0;
      ++round;
    } else {
      ++skipped_in_a_row;
    }
  }
  if (skipped_in_a_row == different && job_.cases.empty()) {
    Refuse("no scenario applies to this kind in this mode");
  }
}

void JobRun::RunRound(std::uint64_t round) {
  page_.round.store(round, std::memory_order_relaxed);
  page_.running.store(true, std::memory_order_release);
  const Position position = PositionOf(job_, round);
  const Program program = ProgramAt(job_, kind_, position);
  if (position.mode == Mode::kSequential) {
    RunSequentially(program);
  } else if (position.mode == Mode::kConformance) {
    RunCase(program, position, round);
  } else {
    RunAsProcesses(program, position);
  }
  page_.running.store(false, std::memory_order_release);
  Add(page_.beat, 1);
  Add(page_.rounds, 1);
}

void JobRun::RunSequentially(const Program& program) {
  const std::size_t refused_before = runner_.refused();
  const std::int64_t began_ns = MonotonicNs();
  if (IsReplay(job_) && __sanitizer_set_death_callback != nullptr) {
    replayed = {&program, &runner_, job_.events_shown};
    __sanitizer_set_death_callback(ShowWhereItDied);
  }
  const std::optional<Violation> violation = RunAndCount(program);
  replayed = {};
  const bool is_slow = MonotonicNs() - began_ns > kSlowNs;
  if (runner_.refused() != refused_before) return Refuse(runner_.refusal());
  Add(page_.operations, runner_.history().size());
  CountJudged(RulesOfProgram(program, kind_.traits));
  for (const Event& event : runner_.history()) {
    if (event.action == Action::kReceive && event.outcome.ok()) {
      Add(page_.messages, 1);
      Add(page_.bytes, event.outcome.size_bytes);
    }
  }
  if (violation) ReportSequential(program, *violation, is_slow);
}

// The runner's verdict, or that the program left something behind.
std::optional<Violation> JobRun::RunAndCount(const Program& program) {
  census_.clear();
  if (!leaks_) leaks_.emplace(sandbox_);
  std::optional<Violation> violation = runner_.Run(program);
  std::optional<std::string> left = leaks_->Leaked();
  if (!left) return violation;
  leaks_.reset();
  census_ = *std::move(left);
  if (violation) return violation;
  return Violation{Rule::kNoLeak, fmt::format("the program left behind: {}", census_),
                   Violation::kNoEvent};
}

void JobRun::ReportSequential(const Program& program, const Violation& violation, bool is_slow) {
  Finding finding;
  finding.program = program;
  finding.violation = violation;
  finding.history = runner_.history();
  finding.census = census_;
  const bool is_new = !reported_.contains({violation.rule, ""});
  if (job_.what == Job::What::kPrograms && is_new && !is_slow) MakeSimpler(finding);
  Report(finding);
}

// What a transport does only now and then is left as it was seen: a simpler program would be one
// that happened to fail, and to look for it could take long where a loss is waited for.
void JobRun::MakeSimpler(Finding& finding) {
  const Deadline enough = Deadline::After(kShrinkingMax);
  const auto fails = [this, enough, rule = finding.violation.rule](const Program& candidate) {
    if (enough.HasPassed()) return false;
    Add(page_.beat, 1);
    const std::optional<Violation> seen = RunAndCount(candidate);
    return seen && seen->rule == rule;
  };
  for (int i = 0; i < kFailuresBeforeShrinking; ++i) {
    if (!fails(finding.program)) return;
  }
  Program simpler = Shrink(finding.program, kind_.traits, kShrinkTriesMax, fails);
  const std::optional<Violation> again = RunAndCount(simpler);
  if (!again) return;
  finding.program = std::move(simpler);
  finding.violation = *again;
  finding.history = runner_.history();
  finding.census = census_;
}

void JobRun::RunAsProcesses(const Program& program, const Position& position) {
  ProcessOptions options;
  options.mode = position.mode;
  options.sandbox = sandbox_;
  options.folder = sandbox_.scratch_folder;
  options.on_progress = [this](const Progress&) { Add(page_.beat, 1); };
  options.stop = &stop_;
  if (job_.in_debugger) options.hang_after = kDebuggersPatience;
  RunReport run = RunProcesses(kind_, program, options);
  if (run.stopped) return;
  if (run.refused) return Refuse(run.refusal);
  Add(page_.operations, run.operations);
  Add(page_.messages, run.messages);
  Add(page_.bytes, run.bytes);
  const bool threads = position.mode == Mode::kThreads;
  CountJudged(RulesOfRun(program, kind_.traits, run.history_judged) |
              (threads ? RulesOfThreads() : RuleSet()));
  Finding finding = FindingAt(job_, program, position, {});
  finding.history = std::move(run.history);
  finding.census = std::move(run.census);
  finding.log = std::move(run.log);
  for (const Violation& violation : run.violations) {
    finding.violation = violation;
    Report(finding);
  }
}

// The first pass alone has cases that are new, also when it goes on in another process.
void JobRun::RunCase(const Program& program, const Position& position, std::uint64_t round) {
  if (round < job_.cases.size()) Add(page_.cases, 1);
  const ConformanceCase& conformance_case = *FindCase(job_.cases[position.case_index]);
  PlayedCase played = cases_.Play(conformance_case, kind_);
  // Being asked to stop may have interrupted what the case had to see uninterrupted.
  if (stop_.load(std::memory_order_relaxed)) return;
  if (!played.skipped.empty()) return Refuse(played.skipped);
  CountJudged(RulesOfCase(RuleOf(conformance_case)));
  if (!played.violation) return;
  Finding finding = FindingAt(job_, program, position, *played.violation);
  finding.census = std::move(played.census);
  finding.log = std::move(played.log);
  Report(finding);
}

// Where no channel can be made, every case would fail, and none would say anything.
bool JobRun::MachineAllowsCases() {
  const std::string why = MachineRefuses(kind_);
  if (!why.empty()) Refuse(why);
  return why.empty();
}

void JobRun::CountJudged(const RuleSet& rules) {
  for (std::size_t i = 0; i < kRules; ++i) Add(page_.judged[i], rules.test(i) ? 1 : 0);
}

void JobRun::Refuse(std::string_view why) {
  const std::size_t size = std::min(why.size(), page_.refusal.size() - 1);
  std::memcpy(page_.refusal.data(), why.data(), size);
  page_.refusal[size] = '\0';
  Add(page_.refused, 1);
}

void JobRun::Report(const Finding& finding) {
  Add(page_.violations, 1);
  if (IsReplay(job_)) return Show(finding);
  if (!reported_.emplace(finding.violation.rule, finding.case_name).second) return;
  const auto path = WriteFinding(finding, job_.findings);
  if (path) {
    Print(stdout, "{}\n", ReplayLine(*path));
  } else {
    Print(stdout, "{}{}\n", kFindingLostPrefix, path.error());
  }
  std::fflush(stdout);
}

// What happened is shown once, where the first rule broke; one that broke with it is named.
void JobRun::Show(const Finding& finding) {
  Print(stdout, "{}: {}\n", ToString(finding.violation.rule), finding.violation.reason);
  if (std::exchange(has_shown_, true)) return;
  if (finding.case_name.empty()) {
    Print(stdout, "{}",
          ViolationLanes(finding.program, finding.history, finding.violation, job_.events_shown));
  }
  if (!finding.census.empty()) Print(stdout, "census\n{}\n", finding.census);
  if (!finding.log.empty()) Print(stdout, "log\n{}\n", finding.log);
  std::fflush(stdout);
}

}  // namespace ipc_hammer
