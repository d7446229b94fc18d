// JobTask supervises one job (job.h) in a child process that is this binary again. If the process
// dies or hangs, the task writes the finding of the program that was running.
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
  void Start(double seconds) override;
  bool Poll() override;
  void Terminate() override;
  void Kill() override;

  // Whether any rule was broken, with or without a written finding. Kept after the end.
  bool failed() const { return failed_; }
  // What a job of one program prints about its violation, or the report of its death.
  const std::string& printed() const { return printed_; }

 private:
  bool Hangs();
  void CollectPrinted();
  void Conclude();
  void RecordDeath(bool hung);

  Job job_;
  std::string label_;
  std::optional<SupervisedProcess> process_;
  JobPage* page_ = nullptr;
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
