// JobTask supervises one job (job.h) in a child process that is this binary again. If the process
// dies or hangs, the task writes the finding of the program or case that was running. Cases then go
// on in another process, without that one: it is not the only judge.
#ifndef IPC_HAMMER_STRESS_JOBS_JOB_TASK_H_
#define IPC_HAMMER_STRESS_JOBS_JOB_TASK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "stress/jobs/job.h"
#include "stress/jobs/supervised_process.h"
#include "stress/jobs/task.h"

namespace ipc_hammer {

class JobTask : public Task {
 public:
  // REQUIRES: the job's kind, scenarios and modes exist.
  JobTask(Job job, std::string label);
  ~JobTask() override;

  std::string Label() const override { return label_; }
  // A case is about a bug that somebody had, and there are only so many: the first pass over them
  // finds more in a second than programs do.
  double Weight() const override { return job_.cases.empty() ? 1 : 4; }
  void Start(double seconds) override;
  bool Poll() override;
  void Terminate() override;
  void Kill() override;

  // Whether any rule was broken, with or without a written finding. Kept after the end.
  bool failed() const { return failed_; }
  // What a replay prints about its violation, or the report of its death.
  const std::string& printed() const { return printed_; }

 private:
  void Launch();
  bool Hangs();
  void CollectPrinted();
  void TakeFinding(const std::string& path);
  void Conclude();
  void RecordDeath();
  Violation Death(const Position& position) const;
  bool LeavesOutAndGoesOn();

  Job job_;
  std::string label_;
  const std::uint64_t rounds_max_;  // of all its processes; 0: not bounded
  double seconds_ = 0;              // the same
  std::optional<SupervisedProcess> process_;
  JobPage* page_ = nullptr;
  int page_descriptor_ = -1;
  std::size_t deaths_ = 0;
  std::uint64_t rounds_before_ = 0;  // ended when the process was started
  std::int64_t started_ns_ = 0;
  std::uint64_t last_beat_ = 0;
  std::int64_t last_beat_ns_ = 0;
  bool hung_ = false;
  bool stopping_ = false;
  bool failed_ = false;
  std::size_t read_bytes_ = 0;
  std::string printed_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_JOB_TASK_H_
