// JobRun does a job inside its own process: it makes program after program, has the runners execute
// them, and writes a finding for the first violation of each rule (a broken transport breaks a rule
// in every program; one of them, shrunk where it is deterministic, is enough to understand it). Of
// conformance cases each has findings of its own, because each is another judge.
//
// One thread. Everything referred to must outlive it.
#ifndef IPC_HAMMER_STRESS_JOBS_JOB_RUN_H_
#define IPC_HAMMER_STRESS_JOBS_JOB_RUN_H_

#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "properties/census/leak_watch.h"
#include "properties/findings/finding.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "properties/runner/sequential_runner.h"
#include "properties/sandbox/sandbox_report.h"
#include "stress/jobs/case_player.h"
#include "stress/jobs/job.h"
#include "stress/runner/process_runner.h"
#include "transports/transport.h"

namespace ipc_hammer {

class JobRun {
 public:
  JobRun(const Job& job, const TransportKind& kind, const SandboxReport& sandbox, JobPage& page,
         std::atomic<bool>& stop);

  // Returns when the job's seconds or rounds are over, or soon after `stop` was set.
  void Run();

 private:
  bool Over(std::uint64_t round) const;
  void RunRound(std::uint64_t round);
  void RunSequentially(const Program& program);
  std::optional<Violation> RunAndCount(const Program& program);
  void ReportSequential(const Program& program, const Violation& violation, bool is_slow);
  void MakeSimpler(Finding& finding);
  void RunAsProcesses(const Program& program, const Position& position);
  bool MachineAllowsCases();
  void RunCase(const Program& program, const Position& position, std::uint64_t round);
  void CountJudged(const RuleSet& rules);
  void Refuse(std::string_view why);
  void Report(const Finding& finding);
  void Show(const Finding& finding);

  const Job& job_;
  const TransportKind& kind_;
  const SandboxReport& sandbox_;
  JobPage& page_;
  std::atomic<bool>& stop_;
  SequentialRunner runner_;
  CasePlayer cases_;
  std::optional<LeakWatch> leaks_;  // made anew after each leak
  std::string census_;              // what the last sequential run left behind
  std::int64_t until_ns_;
  bool has_shown_ = false;
  std::set<std::pair<Rule, std::string>> reported_;  // with the case's name, if it was one
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_JOB_RUN_H_
