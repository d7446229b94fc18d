#include "stress/cli/hammering.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "properties/findings/finding.h"
#include "stress/cli/progress_line.h"
#include "stress/cli/table.h"
#include "stress/jobs/pool.h"
#include "stress/jobs/print.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

class NeverRun : public Task {
 public:
  NeverRun(std::string label, std::string reason) : label_(std::move(label)) {
    tally_.not_run = std::move(reason);
  }
  std::string Label() const override { return label_; }
  void Start(double) override {}
  bool Poll() override { return true; }
  void Terminate() override {}
  void Kill() override {}

 private:
  std::string label_;
};

std::size_t Findings(const Tally& tally) { return tally.findings.size() + tally.lost.size(); }

std::string Plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// Tells what is new, when it is new.
class Narrator {
 public:
  explicit Narrator(std::size_t tasks) : tasks_(tasks) {}

  void OnTick(std::span<Task* const> running, std::size_t ended) {
    std::string line = fmt::format("{:4.0f}s  {}/{} done  {}", Elapsed(), ended, tasks_,
                                   Plural(findings_, "finding"));
    for (Task* task : running) {
      TellFindings(*task);
      const Tally& tally = task->tally();
      line += fmt::format("  | {} {} {}", task->Label(), Amount(tally),
                          Rate(tally.executions, tally.seconds));
    }
    progress_.Show(line);
  }

  void TellFindings(const Task& task) {
    TellIsolation(task);
    std::size_t& told = told_[&task];
    for (; told < task.tally().findings.size(); ++told) {
      ++findings_;
      TellFinding(task, task.tally().findings[told]);
    }
  }

  void TellLost(const Task& task) {
    for (const std::string& reason : task.tally().lost) {
      ++findings_;
      progress_.Clear();
      Print(stdout, "{} {}: {}\n", Paint("FINDING", Colour::kRed), task.Label(), reason);
    }
  }

 private:
  double Elapsed() const { return static_cast<double>(MonotonicNs() - started_ns_) / 1e9; }

  void TellFinding(const Task& task, const std::string& path) {
    const auto finding = ReadFinding(path);
    const std::string what = finding ? fmt::format("{}: {}", ToString(finding->violation.rule),
                                                   finding->violation.reason)
                                     : finding.error();
    progress_.Clear();
    Print(stdout, "{} {}: {}\n{}\n", Paint("FINDING", Colour::kRed), task.Label(), what,
          ReplayLine(path));
    std::fflush(stdout);
  }

  // The same for all processes of this machine: once.
  void TellIsolation(const Task& task) {
    if (told_isolation_ || task.tally().not_isolated.empty()) return;
    told_isolation_ = true;
    progress_.Say(fmt::format("sandbox: NOT isolated ({}): leaks of other programs may be counted",
                              task.tally().not_isolated));
  }

  std::size_t tasks_;
  ProgressLine progress_;
  const std::int64_t started_ns_ = MonotonicNs();
  std::map<const Task*, std::size_t> told_;
  std::size_t findings_ = 0;
  bool told_isolation_ = false;
};

// Reason -> the tasks that it concerns, so that one cause is one line.
using Reasons = std::map<std::string, std::vector<std::string>>;

void PrintReasons(std::string_view heading, const Reasons& reasons) {
  for (const auto& [reason, labels] : reasons) {
    Print(stdout, "{}: {}: {}\n", heading, fmt::join(labels, ", "), reason);
  }
}

}  // namespace

std::unique_ptr<Task> NotRunTask(std::string label, std::string reason) {
  return std::make_unique<NeverRun>(std::move(label), std::move(reason));
}

int RunWithProgress(std::span<const std::unique_ptr<Task>> tasks, double seconds, bool fail_fast) {
  Narrator narrator(tasks.size());
  PoolOptions options;
  options.side_by_side = SideBySide();
  options.seconds = seconds;
  options.fail_fast = fail_fast;
  options.on_tick = [&narrator](std::span<Task* const> running, std::size_t ended) {
    narrator.OnTick(running, ended);
  };
  options.on_end = [&narrator](const Task& task) {
    narrator.TellFindings(task);
    narrator.TellLost(task);
  };
  return RunPool(tasks, options);
}

std::string Amount(const Tally& tally) {
  if (tally.cases_all != 0) return fmt::format("{}/{}", tally.cases, tally.cases_all);
  return Short(static_cast<double>(tally.executions));
}

std::string Verdict(const Tally& tally) {
  if (Findings(tally) != 0) return Plural(Findings(tally), "finding");
  if (!tally.not_run.empty() || tally.executions == 0) return "not run";
  return "ok";
}

int PrintClosing(std::span<const std::unique_ptr<Task>> tasks, int signal) {
  std::size_t ok = 0, findings = 0, not_run = 0;
  Reasons reasons, notes;
  for (const auto& task : tasks) {
    const Tally& tally = task->tally();
    findings += Findings(tally);
    if (!tally.note.empty()) notes[tally.note].push_back(task->Label());
    const std::string verdict = Verdict(tally);
    ok += verdict == "ok" ? 1 : 0;
    if (verdict != "not run") continue;
    ++not_run;
    const std::string fallback =
        signal != 0 ? "stopped before anything was done" : "nothing was executed";
    reasons[tally.not_run.empty() ? fallback : tally.not_run].push_back(task->Label());
  }
  PrintReasons("not run", reasons);
  PrintReasons("note", notes);
  Print(stdout, "{}: {} ok, {}, {} not run\n", signal == 0 ? "total" : "stopped", ok,
        Paint(Plural(findings, "finding"), findings == 0 ? Colour::kGreen : Colour::kRed), not_run);
  if (signal != 0) return 128 + signal;
  if (findings != 0) return 1;
  return ok == 0 ? 2 : 0;
}

std::size_t SideBySide() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&usable)));
}

std::uint64_t ChooseSeed(bool given, std::uint64_t seed) {
  // 32 bits are enough, and short enough to be typed again.
  if (!given) seed = std::random_device()();
  Print(stderr, "seed {}\n", seed);
  return seed;
}

}  // namespace ipc_hammer
