// Processes, as proc(5) shows them: a snapshot.
#ifndef IPC_HAMMER_STRESS_INVENTORY_PROCESSES_H_
#define IPC_HAMMER_STRESS_INVENTORY_PROCESSES_H_

#include <sys/types.h>

#include <set>
#include <string>

namespace ipc_hammer {

// The name of a process's program (at most 15 characters), "" if it has gone.
std::string CommandOf(pid_t process);

// All children, their children and so on that live. Zombies have ended and are not among them.
std::set<pid_t> Descendants(pid_t ancestor);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_INVENTORY_PROCESSES_H_
