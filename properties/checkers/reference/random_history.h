// Small random histories, for checking the checkers. They are legal by construction: a simulated
// queue takes each operation at one instant between its start and its end, while actors overlap at
// random. Mutate() makes one small change, after which a history is often illegal.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_REFERENCE_RANDOM_HISTORY_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_REFERENCE_RANDOM_HISTORY_H_

#include <cstdint>
#include <random>

#include "properties/checkers/reference/wing_gong.h"
#include "properties/history/history.h"

namespace ipc_hammer {

struct RandomHistoryOptions {
  ReferenceQueue queue;
  std::uint32_t producers = 2;
  std::uint32_t consumers = 2;  // and one more that drains, where the queue is drained
  std::uint32_t operations = 10;
  std::uint32_t priorities = 1;
  bool pending_sends = false;     // actors are cut in their last operation
  bool pending_receives = false;  // actors are cut in their last operation
};

using Random = std::mt19937_64;

History RandomHistory(const RandomHistoryOptions& options, Random& random);

// Exchanges what two receives returned, turns an answer around, moves a start or an end, or forgets
// a receive.
void Mutate(History& history, Random& random);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_REFERENCE_RANDOM_HISTORY_H_
