// Timing: a call never ends early and never far past its deadline; only a call that may not wait
// says would_block; and no message lies queued for long while a receiver waits for one.
//
// Early is exact: the start is taken before the deadline is made from it. Late allows for
// CheckOptions::slack_ns, since a busy machine runs a woken actor when it likes.
#ifndef IPC_HAMMER_PROPERTIES_CHECKERS_TIMING_H_
#define IPC_HAMMER_PROPERTIES_CHECKERS_TIMING_H_

#include "properties/checkers/exchange.h"
#include "properties/checkers/report.h"

namespace ipc_hammer {

// Does nothing for histories that are not clocked.
void CheckTiming(const Case& subject, const Exchange& exchange, Report& report);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CHECKERS_TIMING_H_
