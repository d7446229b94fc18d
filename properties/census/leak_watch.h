// LeakWatch: finds what one sequential run leaves behind, within that run (rule no-leak).
//
// After each run a quick census (eight system calls) is compared with the one before; where
// it differs, and every kFullEvery runs, a full census says what there is now that was not
// there at the start.
//
// Threads: one at a time; REQUIRES that no other thread opens or closes anything meanwhile.
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_LEAK_WATCH_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_LEAK_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "properties/census/census.h"
#include "properties/census/quick_census.h"
#include "properties/sandbox/sandbox_report.h"

namespace ipc_hammer {

class LeakWatch {
 public:
  // A full census costs some hundred microseconds, a run some tens.
  static constexpr std::uint64_t kFullEvery = 2048;

  // What is there now is not a leak. Aborts with a line that says why where the system lets nothing
  // be counted: a watch that sees nothing would be a wrong verdict.
  explicit LeakWatch(const SandboxReport& sandbox);

  // To be called after each run: the census difference, as text, or nullopt.
  std::optional<std::string> Leaked();

 private:
  CensusScope scope_;
  QuickCensus quick_;
  Census at_start_;
  QuickCounts counts_at_start_;
  std::uint64_t runs_ = 0;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_LEAK_WATCH_H_
