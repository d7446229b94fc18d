// DescriptorLimit: while it lives a process may have so many descriptors only (RLIMIT_NOFILE),
// those that it has included; whatever needs another one is refused by the kernel.
//
// One at a time in a process. 0: no limit of its own. Source: getrlimit(2).
#ifndef IPC_HAMMER_STRESS_RUNNER_DESCRIPTOR_LIMIT_H_
#define IPC_HAMMER_STRESS_RUNNER_DESCRIPTOR_LIMIT_H_

#include <sys/resource.h>

#include <cstdint>

namespace ipc_hammer {

class DescriptorLimit {
 public:
  explicit DescriptorLimit(std::uint32_t descriptors);
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { Lift(); }

  void Lift();

 private:
  bool is_set_ = false;
  rlimit before_{};
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_RUNNER_DESCRIPTOR_LIMIT_H_
