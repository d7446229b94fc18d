// ScopedDescriptorLimit: while it lives this process may have so many descriptors only (the soft
// RLIMIT_NOFILE), those that it has included; whatever needs another one is refused by the kernel.
//
// One at a time in a process. Source: getrlimit(2).
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_DESCRIPTOR_LIMIT_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_DESCRIPTOR_LIMIT_H_

#include <sys/resource.h>

namespace ipc_hammer {

class ScopedDescriptorLimit {
 public:
  explicit ScopedDescriptorLimit(rlim_t descriptors);
  ScopedDescriptorLimit(const ScopedDescriptorLimit&) = delete;
  ScopedDescriptorLimit& operator=(const ScopedDescriptorLimit&) = delete;
  ~ScopedDescriptorLimit();

 private:
  bool is_set_ = false;
  rlimit before_{};
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_DESCRIPTOR_LIMIT_H_
