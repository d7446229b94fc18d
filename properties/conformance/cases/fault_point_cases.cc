// Rules limits, no-leak and interrupted: an operation that is refused a descriptor, memory or room
// by any one of its system calls says so, and costs nothing: no message, no descriptor, not the
// endpoint. (What interrupts a channel's life and cuts it short is in interrupted_cases.cc.)
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>

#include "properties/conformance/case.h"
#include "properties/conformance/faulted_life.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

// Once for each system call of the operation that each fault fits.
void StrikeEachCall(const FaultedOperation& operation, const TransportKind& kind,
                    std::initializer_list<FaultKind> faults) {
  FaultReport none;
  ASSERT_EQ(operation.live(kind, {}, none), "ok");  // what a library makes once and keeps
  const LeftBehind left;
  for (const FaultKind fault : faults) {
    FaultReport report;
    for (std::uint8_t nth = 1; nth == 1 || report.fired; ++nth) {
      ASSERT_LT(nth, 100);
      const std::string said = operation.live(kind, {fault, nth}, report);
      ASSERT_EQ(said, "ok") << "fault " << static_cast<int>(fault) << " at call " << int{nth}
                            << ": " << report.call;
      ASSERT_EQ(left.Tell(), "") << "fault " << static_cast<int>(fault) << " at call " << int{nth}
                                 << ": " << report.call;
      StillMoves();
    }
  }
}

constexpr std::initializer_list<FaultKind> kRefusals = {FaultKind::kDescriptors, FaultKind::kMemory,
                                                        FaultKind::kSpace};

CONFORMANCE_CASE(NoLeak, ACreationThatFailsAtAnyCallSaysNoSpaceAndLeavesNothing, true) {
  StrikeEachCall(kCreation, kind, kRefusals);
  FaultReport none;
  EXPECT_EQ(kCreation.live(kind, {}, none), "ok");
}

CONFORMANCE_CASE(Limits, AnOpenThatIsRefusedAnythingAtAnyCallCostsNothing,
                 kOpening.applies(traits)) {
  StrikeEachCall(kOpening, kind, kRefusals);
}

CONFORMANCE_CASE(Limits, ASendThatIsRefusedAnythingAtAnyCallCostsNothing, true) {
  StrikeEachCall(kSending, kind, kRefusals);
}

CONFORMANCE_CASE(Limits, AReceiveThatIsRefusedAnythingAtAnyCallCostsNothing, true) {
  StrikeEachCall(kReceiving, kind, kRefusals);
}

CONFORMANCE_CASE(Limits, AnEndThatIsRefusedAnythingAtAnyCallLeavesNothing, true) {
  StrikeEachCall(kEnding, kind, kRefusals);
}

CONFORMANCE_CASE(Interrupted, AnOpenIsInterruptedOrCutShortAtAnyCallAndChangesNothing,
                 kOpening.applies(traits)) {
  StrikeEachCall(kOpening, kind, {FaultKind::kInterrupt, FaultKind::kShort});
}

}  // namespace
}  // namespace ipc_hammer
