#include "properties/checkers/report.h"

namespace ipc_hammer {

std::vector<Violation> Report::Take() {
  std::vector<Violation> taken = std::exchange(violations_, {});
  for (Violation& violation : taken) {
    std::size_t& count = counts_[static_cast<std::size_t>(violation.rule)];
    if (count > kKeptOfEachRule) {
      violation.reason += fmt::format(" (and {} more)", count - 1);
    }
    count = 0;
  }
  return taken;
}

}  // namespace ipc_hammer
