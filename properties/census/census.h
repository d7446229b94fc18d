// Census: a count of everything a process can leave behind. Two are taken, before and after, and
// compared; what appeared, vanished or changed is named. Rule no-leak rests on it.
//
// What is counted
//   descriptors      number, what they refer to, O_NONBLOCK and close-on-exec
//   mappings         of files and all shared ones. Private anonymous memory is not counted: it is
//                    the allocator's and the sanitizers' business, and LeakSanitizer's
//   threads          of this process
//   processes        children, zombies and, isolated, every other process of the sandbox
//   System V         ids of shared memory, semaphores and queues, with their values (isolated only)
//   names            of POSIX queues, shared memory and semaphores, with sizes and values
//   files            FIFOs, socket files and others in the scratch folder
//   network          listening TCP ports, bound UDP ports, abstract socket names
//
// In a sandbox the count is exact. Un-isolated, names count if they begin with the prefix, ports if
// a descriptor of this process holds them, and System V ids not at all; Census::limits says so.
//
// A census opens descriptors one at a time and reports none of its own. Threads that have been
// joined and processes that init is about to reap are not counted, although the kernel still shows
// them for a moment. It may be taken by any thread; what other threads do meanwhile may be counted
// or not. What could not be looked at (no descriptor free) is named in Census::unknown, and a
// difference with an unknown is never clean.
//
// Sources: proc(5), shm_overview(7), sem_overview(7), mq_overview(7), sysvipc(7), unix(7).
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_CENSUS_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_CENSUS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "properties/sandbox/sandbox_report.h"

namespace ipc_hammer {

enum class CensusKind : std::uint8_t {
  kDescriptor,
  kMapping,
  kThread,
  kChild,
  kZombie,
  kOtherProcess,  // in the sandbox, and not a child of this process
  kSysvMemory,
  kSysvSemaphore,
  kSysvQueue,
  kQueue,
  kSharedMemory,
  kSemaphore,
  kFifo,
  kSocketFile,
  kFile,
  kTcpPort,
  kUdpPort,
  kAbstractSocket,
};
inline constexpr int kCensusKindCount = static_cast<int>(CensusKind::kAbstractSocket) + 1;

std::string_view ToString(CensusKind kind);  // "descriptor", "System V semaphore", ...

// Where to look. Copy of what the sandbox says.
struct CensusScope {
  bool isolated = false;
  std::string reason;  // why not isolated
  std::string name_prefix;
  std::string shared_memory_folder;
  std::string queue_folder;    // empty: queues cannot be listed
  std::string scratch_folder;  // empty: none
};

CensusScope ScopeOf(const SandboxReport& report);

struct CensusItem {
  CensusKind kind;
  std::string identity;  // "7", "/dev/shm/x inode 12"; unique within its kind
  std::string state;     // compared: size, mode, value, flags
  std::string note;      // for people, not compared
};

struct Census {
  std::vector<CensusItem> items;     // sorted by kind and identity
  std::vector<std::string> unknown;  // what could not be counted, and why
  std::string limits;                // one line; empty if isolated
};

struct CensusChange {
  enum class What : std::uint8_t { kAppeared, kVanished, kChanged };
  What what;
  CensusItem item;           // as it is now, or as it was if it vanished
  std::string state_before;  // kChanged only
};

struct CensusDifference {
  std::vector<CensusChange> changes;
  std::vector<std::string> unknown;
  std::string limits;

  bool clean() const { return changes.empty() && unknown.empty(); }
  int Count(CensusChange::What what, CensusKind kind) const;
};

// Blocks not; costs some hundred microseconds.
Census TakeCensus(const CensusScope& scope);

// The descriptors and mappings of another process of the same user.
Census TakeProcessCensus(pid_t pid);

CensusDifference Compare(const Census& before, const Census& after);

// One line for each change, such as
//   +1 shared memory /dev/shm/x inode 12: 4096 bytes, mode 0600
//   -1 descriptor 7: pipe:[815], close-on-exec
//   ~  descriptor 0: /dev/null inode 5 -> /dev/null inode 5, nonblocking
// and one for what is unknown or limited. Empty if clean and not limited.
std::string ToString(const CensusDifference& difference);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_CENSUS_H_
