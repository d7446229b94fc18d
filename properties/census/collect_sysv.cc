// System V ids. The *_STAT_ANY calls look at ids that this user may not read (shmctl(2)).
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "properties/census/collect.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kValuesMax = 32;  // as many values of a set as a line can show

std::string Owner(const ipc_perm& perm) {
  return fmt::format("key {:#x}, mode {:04o}, owner {}", static_cast<unsigned>(perm.__key),
                     static_cast<unsigned>(perm.mode) & 07777, perm.uid);
}

void CannotCount(const char* what, Census& census) {
  census.unknown.push_back(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Calls `stat` with each index up to the highest in use; unused ones answer EINVAL.
template <typename StatOne>
void ForEachIndex(int highest, const char* what, Census& census, const StatOne& stat) {
  if (highest < 0) CannotCount(what, census);
  for (int index = 0; index <= highest; ++index) {
    const int id = stat(index);
    if (id < 0 && errno != EINVAL && errno != EIDRM) CannotCount(what, census);
  }
}

void CollectMemory(Census& census) {
  shmid_ds one = {};
  shm_info info = {};
  const int highest = shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&info));
  ForEachIndex(highest, "System V shared memory", census, [&](int index) {
    const int id = shmctl(index, SHM_STAT_ANY, &one);
    if (id < 0) return id;
    census.items.push_back({CensusKind::kSysvMemory, std::to_string(id),
                            fmt::format("{}, {} bytes, {} attached", Owner(one.shm_perm),
                                        one.shm_segsz, one.shm_nattch),
                            ""});
    return id;
  });
}

std::string SemaphoreValues(int id, std::size_t count) {
  std::vector<unsigned short> values(count);
  union {
    int value;
    unsigned short* array;
  } argument = {};
  argument.array = values.data();
  if (semctl(id, 0, GETALL, argument) != 0) return "not readable";
  if (values.size() > kValuesMax) values.resize(kValuesMax);
  return fmt::format("{}", fmt::join(values, " "));
}

void CollectSemaphores(Census& census) {
  semid_ds one = {};
  seminfo info = {};
  union {
    semid_ds* one;
    seminfo* info;
  } argument = {};
  argument.info = &info;
  const int highest = semctl(0, 0, SEM_INFO, argument);
  argument.one = &one;
  ForEachIndex(highest, "System V semaphores", census, [&](int index) {
    const int id = semctl(index, 0, SEM_STAT_ANY, argument);
    if (id < 0) return id;
    census.items.push_back(
        {CensusKind::kSysvSemaphore, std::to_string(id),
         fmt::format("{}, values {}", Owner(one.sem_perm), SemaphoreValues(id, one.sem_nsems)),
         ""});
    return id;
  });
}

void CollectMessages(Census& census) {
  msqid_ds one = {};
  msginfo info = {};
  const int highest = msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&info));
  ForEachIndex(highest, "System V queues", census, [&](int index) {
    const int id = msgctl(index, MSG_STAT_ANY, &one);
    if (id < 0) return id;
    census.items.push_back({CensusKind::kSysvQueue, std::to_string(id),
                            fmt::format("{}, {} messages", Owner(one.msg_perm), one.msg_qnum), ""});
    return id;
  });
}

}  // namespace

void CollectSysv(Census& census) {
  CollectMemory(census);
  CollectSemaphores(census);
  CollectMessages(census);
}

}  // namespace ipc_hammer
