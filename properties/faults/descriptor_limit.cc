#include "properties/faults/descriptor_limit.h"

#include <algorithm>

namespace ipc_hammer {

ScopedDescriptorLimit::ScopedDescriptorLimit(rlim_t descriptors) {
  if (getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
  const rlimit low{.rlim_cur = std::min(descriptors, before_.rlim_max),
                   .rlim_max = before_.rlim_max};
  is_set_ = setrlimit(RLIMIT_NOFILE, &low) == 0;
}

ScopedDescriptorLimit::~ScopedDescriptorLimit() {
  if (is_set_) setrlimit(RLIMIT_NOFILE, &before_);
}

}  // namespace ipc_hammer
