// Accounting: what was received is what was sent, once: integrity, no-invention, no-duplicate,
// boundaries, and that a message comes with the priority it was sent with.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_ACCOUNTING_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_ACCOUNTING_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

void CheckAccounting(const Case& subject, const Exchange& exchange, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_ACCOUNTING_H_
