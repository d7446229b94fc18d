// The one question of the commonly quoted table that is asked of a mechanism itself and not of a
// kind: can one object carry a message and its answer, so that who asks does not take his own
// question? A kind is made for one direction or for both; what the kernel's object could do is
// another matter.
//
// REQUIRES: as of experiments.h. Blocking: never for long. Sources: pipe(7), fifo(7),
// mq_overview(7), sysvipc(7), shm_overview(7), unix(7).
#ifndef IPC_HAMMER_PROPERTIES_PROBES_MECHANISM_WAYS_H_
#define IPC_HAMMER_PROPERTIES_PROBES_MECHANISM_WAYS_H_

#include <span>
#include <string_view>

#include "properties/probes/cell.h"
#include "transports/traits.h"

namespace ipc_hammer {

struct MechanismExperiment {
  MechanismFamily mechanism;
  std::string_view object;  // "a FIFO"
  Cell (*measure)();        // "both ways", "one way"
};

std::span<const MechanismExperiment> AllWaysOfMechanisms();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_MECHANISM_WAYS_H_
