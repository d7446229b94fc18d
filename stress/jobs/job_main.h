// The entry of a job's process. HammerMain calls it first thing, before flags and threads:
//
//   if (IsJobInvocation(argc, argv)) return JobMain();
//
// It reads the job and the page from their inherited descriptors, enters the sandbox, does the job
// and returns 0 whatever it found; findings are written and their replay lines printed. Any other
// end of the process is itself a finding, which the supervisor makes.
#ifndef IPC_HAMMER_STRESS_JOBS_JOB_MAIN_H_
#define IPC_HAMMER_STRESS_JOBS_JOB_MAIN_H_

#include <expected>
#include <string>

#include "stress/jobs/job.h"

namespace ipc_hammer {

// The exit status of a process that was called as a job without being one.
inline constexpr int kJobUnreadable = 2;

// Does a job in the calling process, without a supervisor: for a debugger. Enters the sandbox,
// whose outer process ends as the inside does. Returns whether a rule was broken, or why nothing
// ran. REQUIRES: no other thread; the job's kind exists.
std::expected<bool, std::string> RunJobHere(const Job& job);

bool IsJobInvocation(int argc, char** argv);
int JobMain();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_JOB_MAIN_H_
