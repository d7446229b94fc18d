// The parts of TakeInventory(), one for each place where the kernel shows IPC objects. Each appends
// what it finds, and a line to `unseen` where it could not look.
#ifndef IPC_HAMMER_STRESS_INVENTORY_COLLECT_H_
#define IPC_HAMMER_STRESS_INVENTORY_COLLECT_H_

#include "stress/inventory/holders.h"
#include "stress/inventory/inventory.h"

namespace ipc_hammer {

void CollectSharedMemoryFolder(const Holders& holders, Inventory& inventory);  // /dev/shm
void CollectQueues(const Holders& holders, Inventory& inventory);              // mqueue mounts
void CollectSysv(Inventory& inventory);                                        // /proc/sysvipc
// FIFOs that somebody has open or that lie in the usual folders, socket files there.
void CollectFiles(const Holders& holders, Inventory& inventory);
void CollectNetwork(const Holders& holders, Inventory& inventory);  // abstract sockets and ports

// Quoted for a shell.
std::string Quoted(std::string_view word);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_INVENTORY_COLLECT_H_
