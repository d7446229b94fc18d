// How every command refuses: one line on standard error and exit status 2.
#ifndef IPC_HAMMER_STRESS_CLI_FAIL_H_
#define IPC_HAMMER_STRESS_CLI_FAIL_H_

#include <cstdio>
#include <string_view>

#include "stress/jobs/print.h"

namespace ipc_hammer {

inline constexpr int kRefusedStatus = 2;

inline int FailWith(std::string_view why) {
  Print(stderr, "hammer: {}\n", why);
  return kRefusedStatus;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_FAIL_H_
