// Pool: runs tasks side by side, shares the seconds among them, and stops them all when asked to.
//
// Single-threaded. SIGINT, SIGTERM, SIGHUP and SIGPIPE end a running pool; a second one changes
// nothing, because ending takes two seconds at most.
#ifndef IPC_HAMMER_STRESS_JOBS_POOL_H_
#define IPC_HAMMER_STRESS_JOBS_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "stress/jobs/task.h"

namespace ipc_hammer {

struct PoolOptions {
  std::size_t side_by_side = 1;  // tasks at once, at least 1
  double seconds = 0;            // for all of them together; 0: each as long as it takes
  bool fail_fast = false;        // all end at the first finding
  // About ten times a second, with the tasks that run; and once for each task that has ended.
  std::function<void(std::span<Task* const> running, std::size_t ended)> on_tick;
  std::function<void(const Task&)> on_end;
};

// Returns when every task has ended, or was stopped: by a signal, then its number is returned, else
// 0. Tasks that were never started keep an empty tally.
int RunPool(std::span<const std::unique_ptr<Task>> tasks, const PoolOptions& options);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_POOL_H_
