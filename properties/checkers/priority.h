// Priority: a receive does not take a message while one of a higher priority was surely inside
// during the whole call. FIFO among equals is judged by order.h.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_PRIORITY_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_PRIORITY_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

// Does nothing for kinds whose order is not kPriority.
void CheckPriority(const Case& subject, const Exchange& exchange, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_PRIORITY_H_
