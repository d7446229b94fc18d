// Opens: whoever has closed its endpoint can open another one while the channel lives. What the
// machine refuses and what runs out of time is no broken promise.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_OPENS_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_OPENS_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

// Does nothing where somebody was killed: it may have been the creator.
void CheckOpens(const Case& subject, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_OPENS_H_
