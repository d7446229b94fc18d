#include "properties/faults/syscall_faults.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "properties/faults/injection.h"

namespace ipc_hammer {
namespace faults {

constinit thread_local State state;

namespace {

bool FaultFits(FaultKind kind, unsigned fits) {
  switch (kind) {
    case FaultKind::kNone:
    case FaultKind::kKill:
      return true;
    case FaultKind::kInterrupt:
      return (fits & kInterruptFits) != 0;
    case FaultKind::kSpurious:
      return (fits & kSpuriousFits) != 0;
    case FaultKind::kShort:
      return (fits & kShortFits) != 0;
    case FaultKind::kDescriptors:
      return (fits & kDescriptorsFits) != 0;
    case FaultKind::kMemory:
      return (fits & kMemoryFits) != 0;
    case FaultKind::kSpace:
      return (fits & kSpaceFits) != 0;
  }
  return false;
}

int ErrnoOf(FaultKind kind, int spurious_errno) {
  switch (kind) {
    case FaultKind::kInterrupt:
      return EINTR;
    case FaultKind::kSpurious:
      return spurious_errno;
    case FaultKind::kDescriptors:
      return EMFILE;
    case FaultKind::kMemory:
      return ENOMEM;
    case FaultKind::kSpace:
      return ENOSPC;
    case FaultKind::kNone:
    case FaultKind::kShort:
    case FaultKind::kKill:
      break;
  }
  return 0;
}

[[noreturn]] void Die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();  // the first process of a PID namespace survives its own SIGKILL
}

// Source of the constants: Knuth, MMIX; the upper bits are the good ones.
void MayPause() {
  if (state.pause_us == 0) return;
  state.pauses = state.pauses * 6364136223846793005U + 1442695040888963407U;
  const std::uint64_t drawn = state.pauses >> 32;
  if (drawn % 8 != 0) return;
  const int saved = errno;
  const timespec pause{0, static_cast<long>(drawn / 8 % state.pause_us + 1) * 1000};
  nanosleep(&pause, nullptr);
  errno = saved;
}

}  // namespace

void DieOfAForeignClose(int fd) {
  char text[80];
  const int size =
      snprintf(text, sizeof text, "close: descriptor %d is not open: closed twice?\n", fd);
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, text, static_cast<std::size_t>(size));
  abort();
}

Effect Decide(const char* call, unsigned fits, int spurious_errno) {
  MayPause();
  const Fault fault = state.fault;
  FaultReport& report = state.report;
  ++report.calls_seen;
  if (!FaultFits(fault.kind, fits)) return Effect::kNone;
  ++report.calls_fitting;
  if (fault.kind == FaultKind::kNone || report.calls_fitting != fault.nth_call) {
    return Effect::kNone;
  }
  report.fired = true;
  report.call = call;
  if (fault.kind == FaultKind::kKill) Die();
  if (fault.kind == FaultKind::kShort) return Effect::kShort;
  errno = report.sys_errno = ErrnoOf(fault.kind, spurious_errno);
  return Effect::kFail;
}

}  // namespace faults

void ArmFault(Fault fault) {
  faults::state.armed = true;
  faults::state.fault = fault;
  faults::state.report = {};
}

FaultReport DisarmFault() {
  const FaultReport report = faults::state.report;
  faults::state.armed = faults::state.pause_us != 0;
  faults::state.fault = {};
  faults::state.report = {};
  return report;
}

void PauseCalls(std::uint32_t longest_us, std::uint64_t seed) {
  faults::state.pause_us = longest_us;
  faults::state.pauses = seed;
  DisarmFault();
}

}  // namespace ipc_hammer
