// System-call faults: the nth call that fits fails, is cut short or kills, in the calling thread
// only.
//
// The calls are intercepted at the C library's boundary by the linker (`--wrap`): code that is
// linked statically into a binary with this library is affected, calls that the C library or
// another shared object makes internally are not. Sanitizer interceptors stay in the path: the
// wrapper calls what the name would have been resolved to without it. The binary and its tests have
// to be linked statically against the code under test (`linkstatic`, or --dynamic_mode=off).
//
// A fault fits a call only where Linux or POSIX document that outcome for it and for the state of
// its arguments (see wrapped_calls.cc), so correct code is never blamed: EAGAIN only where the
// descriptor or the flags are non-blocking, a short write to a pipe only above PIPE_BUF, EMFILE
// only where a descriptor is made.
//
// Besides, close(2) of a number that is not open is one line and abort(), with or without a fault.
//
// Threads: all state is thread-local; a forked child inherits its parent's. Nothing allocates, and
// errno is preserved, so a fault may be armed between fork and exec. Without an armed fault a
// wrapped call costs one thread-local load and one branch.
#ifndef IPC_HAMMER_PROPERTIES_FAULTS_SYSCALL_FAULTS_H_
#define IPC_HAMMER_PROPERTIES_FAULTS_SYSCALL_FAULTS_H_

#include <cstdint>

#include "properties/program/operation.h"

namespace ipc_hammer {

struct FaultReport {
  bool fired = false;
  int sys_errno = 0;      // of the injected failure; 0 where nothing failed (kShort)
  const char* call = "";  // literal: the call that was affected; "" unless fired
  int calls_seen = 0;     // wrapped calls made since ArmFault
  int calls_fitting = 0;  // those that the fault fits: the points at which it could have fired
};

// Affects the nth call from now that the fault fits; later ones are left alone. Replaces a fault
// that is armed. Fault kind kNone only counts, and every call fits it, so an operation's points can
// be enumerated. nth_call 0 is never reached. REQUIRES nothing.
void ArmFault(Fault fault);

// Ends the fault's effect and says what it did. Without ArmFault: all zero.
FaultReport DisarmFault();

// From now on one in eight wrapped calls of this thread comes up to `longest_us` later, whether a
// fault is armed or not, so that others get ahead between two calls that seem to be one. Which
// calls and how much later follows from the seed. 0 ends it.
void PauseCalls(std::uint32_t longest_us, std::uint64_t seed);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_FAULTS_SYSCALL_FAULTS_H_
