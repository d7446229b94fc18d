// Plays one conformance case on one kind, with the guard that ends the process when it hangs.
//
// One case at a time, in the process's only thread of the project's. The sandbox must be entered
// and told (test_sandbox.h). A case may crash or hang its process; so whoever has more to do than
// this case plays it in a child.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_RUN_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_RUN_H_

#include <string>

#include "properties/conformance/case.h"
#include "transports/transport.h"

namespace ipc_hammer {

// In a gtest test: failures are that test's.
void PlayCase(const ConformanceCase& conformance_case, const TransportKind& kind);

struct CaseReport {
  std::string failure;  // the first one, on one line; empty if it passed
  std::string log;      // all of them, as they are
  std::string skipped;  // why it could not be played here; empty if it was
};

// Outside of any test: nothing is printed, and neither flags nor GTEST_* variables play a part.
CaseReport RunCase(const ConformanceCase& conformance_case, const TransportKind& kind);

// Why no channel of the kind can be made on this machine (kNoSpace, kPermission), which no case
// would be to blame for; empty if one can, or if that is the kind's fault.
std::string MachineRefuses(const TransportKind& kind);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_RUN_H_
