// Descriptors: closed for show, and eventfds noted as what they are made for.
#include <sys/eventfd.h>
#include <unistd.h>

#include "stress/seeded_faults/objects.h"
#include "stress/seeded_faults/original.h"
#include "stress/seeded_faults/swapped_receive.h"

using namespace ipc_hammer::seeded;

extern "C" int eventfd(unsigned value, int flags) noexcept {
  IPC_HAMMER_ORIGINAL(eventfd);
  const int fd = original(value, flags);
  if ((flags & EFD_SEMAPHORE) != 0) NoteTokenEventFd(fd);
  return fd;
}

extern "C" int close(int fd) {
  IPC_HAMMER_ORIGINAL(close);
  const bool may_leak = IsChosen(Mechanism::kDescriptor, Effect::kLeak);
  if (may_leak && MechanismOf(fd) != Mechanism::kNone && Fires()) return 0;
  ForgetTokenEventFd(fd);
  ForgetKept(fd);
  return original(fd);
}
