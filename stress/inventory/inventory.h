// Inventory: the IPC objects that exist on this machine now, who owns them, which processes have
// them open, and which look abandoned. What ipcs, lsof, ss and a listing of /dev/shm and
// /dev/mqueue would tell together. It looks and never changes anything.
//
// What is seen: everything the kernel shows to this user. Other users' descriptors are only shown
// to root: then holders may be missing, and nothing of another user is called abandoned.
//
// An object looks abandoned where it outlives processes and no process has it: nobody maps or opens
// a name of /dev/shm or /dev/mqueue, listens on a socket file, or has attached a System V segment,
// and for System V queues and semaphores the processes that used them last are gone.
//
// Blocking: some milliseconds for each hundred processes. One thread.
// Sources: proc(5), proc_sysvipc(5), mq_overview(7), shm_overview(7), unix(7).
#ifndef IPC_HAMMER_STRESS_INVENTORY_INVENTORY_H_
#define IPC_HAMMER_STRESS_INVENTORY_INVENTORY_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_hammer {

enum class Mechanism : std::uint8_t {
  kSharedMemory,  // POSIX, a file of /dev/shm
  kSemaphore,     // POSIX, named
  kQueue,         // POSIX message queue
  kSysvMemory,
  kSysvSemaphore,
  kSysvQueue,
  kFifo,
  kSocketFile,  // a socket of the file system
  kAbstractSocket,
  kTcpPort,  // somebody listens
  kUdpPort,  // somebody is bound
};

std::string_view ToString(Mechanism mechanism);  // "POSIX queue", "System V semaphore", ...

struct IpcObject {
  Mechanism mechanism = Mechanism::kSharedMemory;
  std::string name;            // a path, "id 7 key 0x1234", "@text", "127.0.0.1:80"
  std::uint64_t identity = 0;  // inode or id: another object under the same name has another
  std::optional<uid_t> owner;
  std::optional<mode_t> mode;
  std::string state;        // size, messages, value: what there is to say
  std::set<pid_t> holders;  // processes that have it open, mapped or attached
  bool is_abandoned = false;
  std::string remove;  // the shell command that would remove it; empty where none can
};

struct Inventory {
  std::vector<IpcObject> objects;   // by mechanism, then name
  std::vector<std::string> unseen;  // what could not be looked at, a line each
};

Inventory TakeInventory();

// What is in `after` and was not in `before`, by mechanism, name and identity.
std::vector<IpcObject> Appeared(const Inventory& before, const Inventory& after);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_INVENTORY_INVENTORY_H_
