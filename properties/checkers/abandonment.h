// Abandonment: when no receiver has a lane open, what is queued in it may vanish (kinds that do
// not keep it), and that is no loss.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_ABANDONMENT_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_ABANDONMENT_H_

#include "properties/checkers/exchange.h"

namespace ipc_hammer {

// Sets abandoned_from and abandoned_to of every lane. A receiver is surely open until the start of
// its close or its last sign of life before a kill, and again from the end of a successful open.
// Moments after the last receive began count only if a kill brought them about: a receiver that
// closes at the end, after it has drained, abandons nothing.
void FindAbandonment(const Case& subject, Exchange& exchange);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_ABANDONMENT_H_
