// Closes: a direction that its actor has closed is closed, also for the call that another thread
// closed it under; one that nobody has closed is not.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_CLOSES_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_CLOSES_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

// Leaves out killed actors: a close of theirs may not have been recorded.
void CheckCloses(const Case& subject, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_CLOSES_H_
