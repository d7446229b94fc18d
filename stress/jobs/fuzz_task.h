// FuzzTask supervises a libFuzzer binary that fuzzes one kind. The binary writes its own findings
// where it can; where a sanitizer ended it, the task makes the finding from libFuzzer's artifact.
#ifndef IPC_HAMMER_STRESS_JOBS_FUZZ_TASK_H_
#define IPC_HAMMER_STRESS_JOBS_FUZZ_TASK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stress/jobs/judged_rules.h"
#include "stress/jobs/supervised_process.h"
#include "stress/jobs/task.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct FuzzSettings {
  std::string binary;
  std::string target;    // its name, for findings
  std::string scratch;   // an existing folder of this task's own, for artifacts
  std::string findings;  // where findings are written
  std::uint32_t seed = 1;
};

class FuzzTask : public Task {
 public:
  FuzzTask(const TransportKind& kind, FuzzSettings settings);
  ~FuzzTask() override = default;

  std::string Label() const override { return kind_.name + " fuzz"; }
  void Start(double seconds) override;
  bool Poll() override;
  void Terminate() override;
  void Kill() override;

 private:
  void CollectPrinted();
  void ReadLine(const std::string& line);
  void ReadReached(std::string_view line);
  void Conclude();
  void RecordDeath();

  const TransportKind& kind_;
  FuzzSettings settings_;
  const RuleSet rules_;  // of each execution
  std::optional<SupervisedProcess> process_;
  std::int64_t started_ns_ = 0;
  double growth_step_seconds_ = 0;
  std::int64_t overdue_ns_ = 0;  // when it has to have ended by itself
  bool hung_ = false;
  bool stopping_ = false;
  std::size_t read_bytes_ = 0;
  std::string artifact_;  // path of the input that libFuzzer saved
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_FUZZ_TASK_H_
