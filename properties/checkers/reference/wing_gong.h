// Wing and Gong's check ("Testing and verifying concurrent objects", 1993), by brute force: is
// there an order of the operations that respects their times and that one queue, doing one after
// the other, would have answered the same way? For small histories; the reference for the fast
// checkers.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_REFERENCE_WING_GONG_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_REFERENCE_WING_GONG_H_

#include <cstddef>
#include <limits>

#include "properties/history/history.h"

namespace ipc_hammer {

struct ReferenceQueue {
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
  // A send says full at so many; where it is not bounded, whenever it likes.
  std::size_t capacity = kUnbounded;
  bool by_priority = false;  // the highest first, FIFO among equals
  bool tokens = false;       // messages have no identity
  // At the end nothing may be left of what was sent before the last receive had ended.
  bool drained = false;
};

// Sends and receives only; they succeeded, failed with would_block, or never ended.
// REQUIRES: history.size() <= 24. Exponential in how many operations overlap.
bool IsLinearizable(const ReferenceQueue& queue, const History& history);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_REFERENCE_WING_GONG_H_
