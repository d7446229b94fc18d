// What the wrapped calls share: the armed fault of a thread, and the decision about one call.
// Internal to this folder.
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_INJECTION_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_INJECTION_H_

#include <cstdint>

#include "properties/faults/syscall_faults.h"

namespace ipc_hammer::faults {

// Which faults fit a call. A set, because most calls can fail in several ways; kKill fits all.
enum Fits : unsigned {
  kOnlyKill = 0,
  kInterruptFits = 1U << 0,
  kSpuriousFits = 1U << 1,
  kShortFits = 1U << 2,
  kDescriptorsFits = 1U << 3,
  kMemoryFits = 1U << 4,
  kSpaceFits = 1U << 5,
};

struct State {
  bool armed = false;  // a fault, or pauses
  Fault fault;
  FaultReport report;
  std::uint32_t pause_us = 0;
  std::uint64_t pauses = 0;  // what the next pause is drawn from
};

// constinit: no guard, so reading it is one load.
extern constinit thread_local State state;

enum class Effect { kNone, kFail, kShort };

// Decides about one call while a fault is armed: pauses if it is time to, counts it, and if it is
// the nth that fits, reports it as fired. kFail: errno is set to what the call has to fail with
// (`spurious_errno` for kSpurious). Does not return if the fault is kKill. `call` must be a
// literal.
Effect Decide(const char* call, unsigned fits, int spurious_errno);

// Says so and aborts.
[[noreturn]] void DieOfAForeignClose(int fd);

}  // namespace ipc_hammer::faults

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_INJECTION_H_
