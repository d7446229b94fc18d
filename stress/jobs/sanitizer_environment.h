// The environment with which hammering processes are started: sanitizer options that the findings
// rely on, unless the user has set their own, and a symbolizer where the distribution hides it.
#ifndef IPC_HAMMER_STRESS_JOBS_SANITIZER_ENVIRONMENT_H_
#define IPC_HAMMER_STRESS_JOBS_SANITIZER_ENVIRONMENT_H_

#include <string>
#include <vector>

namespace ipc_hammer {

// "NAME=VALUE" for those that are not set.
std::vector<std::string> SanitizerEnvironment();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_SANITIZER_ENVIRONMENT_H_
