// What `run` and `campaign` share: tasks are run side by side with progress, each finding is told
// when it comes, and every task ends in a verdict.
#ifndef IPC_HAMMER_STRESS_CLI_HAMMERING_H_
#define IPC_HAMMER_STRESS_CLI_HAMMERING_H_

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stress/jobs/task.h"

namespace ipc_hammer {

// A task that is never started, and why.
std::unique_ptr<Task> NotRunTask(std::string label, std::string reason);

// Runs them all within the seconds (0: each as long as it takes), with `fail_fast` until the first
// finding. Returns the signal that ended it early, or 0.
int RunWithProgress(std::span<const std::unique_ptr<Task>> tasks, double seconds,
                    bool fail_fast = false);

// How much was done: "1.2k", or of conformance cases how many different ones: "31/58".
std::string Amount(const Tally& tally);

// "ok", "2 findings", "not run".
std::string Verdict(const Tally& tally);

// Below a table: the reasons of what was not run, what was noted, and the sum. Returns the exit
// status: 128 + signal, or 1 with findings, or 2 where nothing was run at all, else 0.
int PrintClosing(std::span<const std::unique_ptr<Task>> tasks, int signal);

// Tasks at once: the processors that this process may use.
std::size_t SideBySide();

// The seed that was given, or one drawn from the clock; told to the user either way.
std::uint64_t ChooseSeed(bool given, std::uint64_t seed);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_HAMMERING_H_
