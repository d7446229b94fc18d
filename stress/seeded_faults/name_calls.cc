// What removes names and ids. The fault says that it is done, and leaves them.
#include <mqueue.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "stress/seeded_faults/fault.h"
#include "stress/seeded_faults/original.h"

namespace ipc_hammer::seeded {
namespace {

// Which mechanism's name a path is: glibc keeps shared memory and semaphores below /dev/shm, and
// our kinds make and remove theirs there without it.
Mechanism MechanismOfName(std::string_view path, mode_t mode) {
  constexpr std::string_view kMemory = "/dev/shm/";
  if (S_ISFIFO(mode) || S_ISSOCK(mode)) return Mechanism::kFile;
  if (!S_ISREG(mode) || !path.starts_with(kMemory) || path.ends_with(".lock")) {
    return Mechanism::kNone;
  }
  const bool is_semaphore = path.substr(kMemory.size()).starts_with("sem.");
  return is_semaphore ? Mechanism::kSemPosix : Mechanism::kShmPosix;
}

bool IsNameKept(const char* path) {
  if (ChosenEffect() != Effect::kUnlink) return false;
  const int saved = errno;
  struct stat status;
  const bool is_there = lstat(path, &status) == 0;
  errno = saved;
  return is_there && MechanismOfName(path, status.st_mode) == ChosenMechanism() && Fires();
}

bool IsKept(Mechanism mechanism) { return IsChosen(mechanism, Effect::kUnlink) && Fires(); }

bool IsIdKept(Mechanism mechanism, int command) {
  return command == IPC_RMID && IsChosen(mechanism, Effect::kRemove) && Fires();
}

}  // namespace
}  // namespace ipc_hammer::seeded

using namespace ipc_hammer::seeded;

extern "C" int unlink(const char* path) noexcept {
  IPC_HAMMER_ORIGINAL(unlink);
  return IsNameKept(path) ? 0 : original(path);
}

extern "C" int shm_unlink(const char* name) {
  IPC_HAMMER_ORIGINAL(shm_unlink);
  return IsKept(Mechanism::kShmPosix) ? 0 : original(name);
}

extern "C" int sem_unlink(const char* name) noexcept {
  IPC_HAMMER_ORIGINAL(sem_unlink);
  return IsKept(Mechanism::kSemPosix) ? 0 : original(name);
}

extern "C" int mq_unlink(const char* name) noexcept {
  IPC_HAMMER_ORIGINAL(mq_unlink);
  return IsKept(Mechanism::kPosixMq) ? 0 : original(name);
}

extern "C" int msgctl(int id, int command, msqid_ds* status) noexcept {
  IPC_HAMMER_ORIGINAL(msgctl);
  return IsIdKept(Mechanism::kSysvMsg, command) ? 0 : original(id, command, status);
}

extern "C" int shmctl(int id, int command, shmid_ds* status) noexcept {
  IPC_HAMMER_ORIGINAL(shmctl);
  return IsIdKept(Mechanism::kShmSysv, command) ? 0 : original(id, command, status);
}

// An argument that was not given is never looked at by the original either.
extern "C" int semctl(int id, int number, int command, ...) noexcept {
  IPC_HAMMER_ORIGINAL(semctl);
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return IsIdKept(Mechanism::kSemSysv, command) ? 0 : original(id, number, command, argument);
}
