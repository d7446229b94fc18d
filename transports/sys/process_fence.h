// A full memory fence that costs the common case nothing: who rarely needs it pays for both sides.
//
// Two sides that each store one word and then load the other's need a fence between the two, or
// both may see the old value. Where one side is busy and the other about to sleep, the busy one
// only keeps the compiler from exchanging its store and its load (LightFence), and the sleeper has
// the kernel make every processor that runs a registered process pass a full fence (ProcessFence).
// Afterwards either the busy side's store is seen here, or what was stored here before is seen by
// its load.
//
// Processes: the busy side's process has to be registered. A forked child is, if its parent was; an
// exec'ed program is not.
// Cost: LightFence nothing, ProcessFence some microseconds and an interrupt to each such processor.
// Source: membarrier(2), MEMBARRIER_CMD_GLOBAL_EXPEDITED.
#ifndef IPC_HAMMER_TRANSPORTS_SYS_PROCESS_FENCE_H_
#define IPC_HAMMER_TRANSPORTS_SYS_PROCESS_FENCE_H_

#include <atomic>

namespace ipc_hammer {

// Idempotent. False: the kernel has no such fence, or a filter refuses it.
bool RegisterForProcessFences();

inline void LightFence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

// Never blocks. REQUIRES: RegisterForProcessFences() was true in some process of this machine.
void ProcessFence();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_SYS_PROCESS_FENCE_H_
