#include "stress/runner/descriptor_limit.h"

#include <algorithm>
#include <utility>

namespace ipc_hammer {

DescriptorLimit::DescriptorLimit(std::uint32_t descriptors) {
  if (descriptors == 0 || getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
  rlimit low = before_;
  low.rlim_cur = std::min<rlim_t>(descriptors, before_.rlim_cur);
  is_set_ = setrlimit(RLIMIT_NOFILE, &low) == 0;
}

void DescriptorLimit::Lift() {
  if (std::exchange(is_set_, false)) setrlimit(RLIMIT_NOFILE, &before_);
}

}  // namespace ipc_hammer
