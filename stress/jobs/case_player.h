// CasePlayer plays conformance cases in a job's process and judges what gtest does not: what a case
// left behind, in the census and, where LeakSanitizer is linked, on the heap.
//
// One thread, in the sandbox.
#ifndef IPC_HAMMER_STRESS_JOBS_CASE_PLAYER_H_
#define IPC_HAMMER_STRESS_JOBS_CASE_PLAYER_H_

#include <optional>
#include <string>

#include "properties/census/census.h"
#include "properties/conformance/case.h"
#include "properties/rules/rule.h"
#include "properties/sandbox/sandbox_report.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct PlayedCase {
  std::optional<Violation> violation;
  std::string census;
  std::string log;
  std::string skipped;  // why it could not be played here; empty if it was
};

class CasePlayer {
 public:
  explicit CasePlayer(const SandboxReport& sandbox) : scope_(ScopeOf(sandbox)) {}

  // Ends the process if the case hangs.
  PlayedCase Play(const ConformanceCase& conformance_case, const TransportKind& kind);

 private:
  std::optional<Violation> Judge(const Census& before, PlayedCase& played);
  bool LosesMemory();

  CensusScope scope_;
  bool memory_is_lost_ = false;  // from then on LeakSanitizer would tell it after each case
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_CASE_PLAYER_H_
