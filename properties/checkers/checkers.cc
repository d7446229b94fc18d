#include "properties/checkers/checkers.h"

#include "properties/checkers/accounting.h"
#include "properties/checkers/answers.h"
#include "properties/checkers/closes.h"
#include "properties/checkers/counts.h"
#include "properties/checkers/exchange.h"
#include "properties/checkers/opens.h"
#include "properties/checkers/order.h"
#include "properties/checkers/priority.h"
#include "properties/checkers/report.h"
#include "properties/checkers/timing.h"

namespace ipc_hammer {

std::vector<Violation> CheckHistory(const Program& program, const Traits& traits,
                                    const History& history, const CheckOptions& options) {
  const Case subject{program, traits, history, options};
  const Exchange exchange = MakeExchange(subject);
  Report report;
  CheckAccounting(subject, exchange, report);
  CheckCounts(subject, exchange, report);
  CheckLoss(subject, exchange, report);
  CheckOrder(subject, exchange, report);
  CheckPriority(subject, exchange, report);
  CheckAnswers(subject, exchange, report);
  CheckOpens(subject, report);
  CheckCloses(subject, report);
  CheckTiming(subject, exchange, report);
  return report.Take();
}

}  // namespace ipc_hammer
