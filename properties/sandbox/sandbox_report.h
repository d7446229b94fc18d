// What is asked of a sandbox, and what was got: plain data.
#ifndef IPC_HAMMER_PROPERTIES_SANDBOX_SANDBOX_REPORT_H_
#define IPC_HAMMER_PROPERTIES_SANDBOX_SANDBOX_REPORT_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace ipc_hammer {

struct SandboxOptions {
  // Bytes of the private /dev/shm and of the scratch folder; 0: the kernel's default, half of the
  // memory.
  std::uint64_t shared_memory_bytes = 0;
  std::uint64_t scratch_bytes = 0;
  // Go on un-isolated, as on a system that refuses namespaces. The environment variable
  // IPC_HAMMER_SANDBOX=refuse does the same.
  bool refuse = false;
};

struct SandboxReport {
  bool isolated = false;
  std::string reason;  // why not isolated; empty if isolated

  // All names that the program makes begin with this. Empty if isolated: every name is ours.
  std::string name_prefix;
  std::string scratch_folder;  // short (a socket path has 108 bytes), empty, mode 1777 if isolated
  std::string shared_memory_folder = "/dev/shm";
  std::string queue_folder;  // where the mqueue file system is mounted; empty: nowhere

  // A user that BecomeSecondUser can turn a process into. None where only one uid is mapped.
  std::optional<uid_t> second_uid;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_SANDBOX_SANDBOX_REPORT_H_
