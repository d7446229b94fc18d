// Task: one cell's worth of work for the supervisor: a kind hammered by one producer.
//
// Single-threaded: tasks are child processes, polled.
#ifndef IPC_HAMMER_STRESS_JOBS_TASK_H_
#define IPC_HAMMER_STRESS_JOBS_TASK_H_

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "stress/jobs/fuzzer_status.h"
#include "stress/jobs/judged_rules.h"

namespace ipc_hammer {

// How far a task is, or how it ended.
struct Tally {
  std::uint64_t executions = 0;  // fuzz executions, programs, scenario rounds or cases
  std::uint64_t cases = 0;       // different conformance cases that were begun ...
  std::uint64_t cases_all = 0;   // ... of so many; 0: these are no cases
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t refused = 0;          // executions that the machine's limits kept from running
  double seconds = 0;                 // since it was started
  RuleCounts judged = {};             // executions that judged each rule
  std::vector<Reached> growth;        // fuzzing: how coverage grew; a few hundred points at most
  std::vector<std::string> findings;  // paths, as they come
  std::vector<std::string> lost;      // findings that could not be written: one line of reason each
  std::string not_run;                // why it has no verdict; empty if it has one
  std::string note;                   // anything else that a person should know
  std::string not_isolated;           // why its sandbox is open; empty if it is closed
};

class Task {
 public:
  virtual ~Task() = default;  // kills what still runs
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  virtual std::string Label() const = 0;  // "pipe fuzz"

  // Starts it for so many seconds; 0: as long as it takes. A failure is the tally's not_run.
  virtual void Start(double seconds) = 0;
  // True: it has ended, and its findings are written. Never blocks for long.
  virtual bool Poll() = 0;
  virtual void Terminate() = 0;  // asks it to end and to clean up
  virtual void Kill() = 0;

  // Its part of the time that several tasks share, against that of the others.
  virtual double Weight() const { return 1; }

  const Tally& tally() const { return tally_; }

 protected:
  Task() = default;
  Tally tally_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_TASK_H_
