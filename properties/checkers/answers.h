// Answers: "empty" (a receive that would block or timed out) is wrong if something was surely
// queued during the whole call; "full" is wrong if surely fewer than the capacity, or the kind's
// floor, were possibly queued during the whole call; "end of file" is wrong before queued data, and
// while a sender surely has the channel open. And more than the capacity is never accepted.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_ANSWERS_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_ANSWERS_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

void CheckAnswers(const Case& subject, const Exchange& exchange, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_ANSWERS_H_
