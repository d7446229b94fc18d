// Order: if one message was sent before another (its send ended before the other's began), then it
// is not received after it (its receive began after the other's had ended). Judged in one sorted
// sweep over the whole lane (kFifo), among equal priorities (kPriority) or for each sender
// (kPerProducer). A message that was not delivered at all although a later one was is passed over.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_ORDER_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_ORDER_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

void CheckOrder(const Case& subject, const Exchange& exchange, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_ORDER_H_
