#include "stress/cli/minimise.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "stress/cli/fail.h"
#include "stress/cli/load.h"
#include "stress/cli/progress_line.h"
#include "stress/cli/rerun.h"
#include "stress/jobs/print.h"
#include "stress/jobs/shrink.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kTriesMax = 2000;
constexpr double kSecondsDefault = 60;
constexpr int kRacingRuns = 20;
// A simpler program counts as good if it does not fail in so many times the runs that a failure of
// the given one takes: one in twenty that could fail is passed over.
constexpr int kRunsForEachFailure = 3;

constexpr int kNotAgain = 1;

// The line of what a run printed that says how the rule was broken.
std::optional<std::string> ReasonOf(Rule rule, std::string_view printed) {
  const std::string prefix = fmt::format("{}: ", ToString(rule));
  while (!printed.empty()) {
    const std::string_view line = printed.substr(0, printed.find('\n'));
    if (line.starts_with(prefix)) return std::string(line.substr(prefix.size()));
    printed.remove_prefix(std::min(printed.size(), line.size() + 1));
  }
  return std::nullopt;
}

std::string SizeOf(const Program& program) {
  return fmt::format("{} operation{}, {} actors", program.operations.size(),
                     program.operations.size() == 1 ? "" : "s", program.actors());
}

class Minimiser {
 public:
  Minimiser(Finding finding, double seconds)
      : best_(std::move(finding)),
        end_(Deadline::After(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)))) {}

  // How often the program as it is fails in so many runs, one of them at least.
  int Measure(int runs) {
    int failures = 0;
    for (int i = 0; i < runs && signal_ == 0; ++i) {
      progress_.Show(fmt::format("run {} of {}, {} failed", i + 1, runs, failures));
      failures += Fails(best_.program) ? 1 : 0;
    }
    if (failures > 0) runs_ = std::clamp(kRunsForEachFailure * runs / failures, 1, runs);
    return failures;
  }

  void Minimise() {
    const Traits& traits = FindHammeredKind(best_.program.kind)->traits;
    Shrink(best_.program, traits, kTriesMax, [this](const Program& candidate) {
      progress_.Show(fmt::format("{}; {} tries", SizeOf(best_.program), ++tries_));
      for (int i = 0; i < runs_ && signal_ == 0 && !end_.HasPassed(); ++i) {
        if (Fails(candidate)) return true;
      }
      return false;
    });
  }

  const Finding& best() const { return best_; }
  int signal() const { return signal_; }
  const std::string& not_run() const { return not_run_; }

 private:
  // What fails is kept, with what it printed.
  bool Fails(const Program& program) {
    Finding tried = best_;
    tried.program = program;
    const Rerun rerun = RunOnce(RerunJob(tried, best_.mode));
    signal_ = rerun.signal;
    not_run_ = rerun.not_run;
    if (!rerun.failed) return false;
    auto reason = ReasonOf(best_.violation.rule, rerun.printed);
    if (!reason) return false;
    best_.program = program;
    best_.violation = {best_.violation.rule, *std::move(reason), Violation::kNoEvent};
    best_.log = rerun.printed;
    return true;
  }

  Finding best_;
  Deadline end_;
  ProgressLine progress_;
  int runs_ = 1;
  int tries_ = 0;
  int signal_ = 0;
  std::string not_run_;
};

int Keep(const Minimiser& minimiser, const Program& given, const CommandLine& line) {
  const Finding& best = minimiser.best();
  const auto path = WriteFinding(best, line.findings.empty() ? FindingsFolder() : line.findings);
  if (!path) return FailWith(path.error());
  Print(stdout, "{}: {}\n{}\nfrom {} to {}\n{}\n", ToString(best.violation.rule),
        best.violation.reason, ToText(best.program), SizeOf(given), SizeOf(best.program),
        ReplayLine(*path));
  return minimiser.signal() == 0 ? 0 : 128 + minimiser.signal();
}

}  // namespace

int MinimiseCommand(const CommandLine& line) {
  auto loaded = Load(line.path, line.kind);
  if (!loaded) return FailWith(loaded.error());
  Finding& finding = loaded->finding;
  if (!loaded->is_finding) {
    return FailWith(fmt::format("{}: no finding: which rule has to be broken?", line.path));
  }
  if (!finding.case_name.empty() || finding.program.kind.empty()) {
    return FailWith(fmt::format("{}: has no program to make smaller", line.path));
  }
  const auto mode = RerunMode(line, finding);
  if (!mode) return FailWith(mode.error());
  finding.mode = *mode;
  finding.input.clear();
  finding.history.clear();
  finding.census.clear();
  const Program given = finding.program;
  Minimiser minimiser(std::move(finding), line.seconds > 0 ? line.seconds : kSecondsDefault);
  int runs = *mode == Mode::kSequential ? 1 : kRacingRuns;
  if (line.runs != 0) runs = static_cast<int>(std::min<std::uint64_t>(line.runs, 10'000));
  const int failures = minimiser.Measure(runs);
  Print(stdout, "failed in {} of {} run{} ({})\n", failures, runs, runs == 1 ? "" : "s",
        ToString(*mode));
  if (failures == 0 && minimiser.signal() == 0 && !minimiser.not_run().empty()) {
    return FailWith("not run: " + minimiser.not_run());
  }
  if (failures == 0) return minimiser.signal() == 0 ? kNotAgain : 128 + minimiser.signal();
  minimiser.Minimise();
  return Keep(minimiser, given, line);
}

}  // namespace ipc_hammer
