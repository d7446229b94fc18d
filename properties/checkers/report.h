// Report: collects violations. A broken transport can break a rule a million times; only the first
// few of each rule are kept and worded, the others are counted.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_REPORT_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_REPORT_H_

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "properties/rules/rule.h"

namespace ipc_hammer {

class Report {
 public:
  static constexpr std::size_t kKeptOfEachRule = 4;

  template <typename... Args>
  void Add(Rule rule, std::size_t event_index, fmt::format_string<Args...> format, Args&&... args) {
    if (++counts_[static_cast<std::size_t>(rule)] > kKeptOfEachRule) return;
    violations_.push_back({rule, fmt::format(format, std::forward<Args>(args)...), event_index});
  }

  // How often the rule was found broken.
  std::size_t count(Rule rule) const { return counts_[static_cast<std::size_t>(rule)]; }

  // What was kept, with "(and N more)" in the first of each rule. Leaves the report empty.
  std::vector<Violation> Take();

 private:
  static constexpr std::size_t kRules = static_cast<std::size_t>(Rule::kNoRace) + 1;
  std::array<std::size_t, kRules> counts_{};
  std::vector<Violation> violations_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_REPORT_H_
