// What memory a process shares with others, writable. Source: proc_pid_maps(5).
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_SHARED_RANGES_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_SHARED_RANGES_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ipc_hammer {

struct SharedRange {
  std::uint64_t begin = 0;  // an address of that process
  std::size_t size_bytes = 0;
  std::string name;  // "/dev/shm/ring", may be empty
};

// In the order of their addresses; empty for a process that cannot be looked at.
std::vector<SharedRange> SharedRangesOf(pid_t process);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_SHARED_RANGES_H_
