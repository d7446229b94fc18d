// Lines of a child's output, read while it grows.
#ifndef IPC_HAMMER_STRESS_JOBS_PRINTED_LINES_H_
#define IPC_HAMMER_STRESS_JOBS_PRINTED_LINES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "stress/jobs/supervised_process.h"

namespace ipc_hammer {

// The whole lines that came after the first `read_bytes`, without their ends, and moves
// `read_bytes` behind them. A line that is not yet whole is left for the next time.
std::vector<std::string> NewLines(const SupervisedProcess& process, std::size_t& read_bytes);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_PRINTED_LINES_H_
