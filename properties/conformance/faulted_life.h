// Lives of a channel in which one operation meets a system-call fault, and which then go on: what
// the operation may say, and that it has cost nothing. From one table, so that who counts the
// points at which a fault can strike and who strikes there mean the same operations.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_FAULTED_LIFE_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_FAULTED_LIFE_H_

#include <array>
#include <string>
#include <string_view>

#include "properties/faults/syscall_faults.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct FaultedOperation {
  std::string_view name;
  bool (*applies)(const Traits& traits);
  // Blocks as long as a message takes. Returns "ok", or what went wrong; the report is of the
  // operation alone. An operation that was refused something (kDescriptors, kMemory, kSpace) may
  // say so, a creation by kNoSpace alone; all but creations and ends are then asked once more
  // without the fault. Any other fault must change nothing.
  std::string (*live)(const TransportKind& kind, Fault fault, FaultReport& report);
};

extern const FaultedOperation kCreation;  // of a channel and both of its endpoints
extern const FaultedOperation kOpening;   // by a stranger
extern const FaultedOperation kSending;
extern const FaultedOperation kReceiving;
extern const FaultedOperation kEnding;  // of the endpoints and the channel

inline constexpr std::array kFaultedOperations = {&kCreation, &kOpening, &kSending, &kReceiving,
                                                  &kEnding};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_FAULTED_LIFE_H_
