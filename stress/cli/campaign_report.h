// CampaignReport: what a campaign, or a run, did and found as JSON, for programs and for ci/report,
// which makes pages of it. Format 1:
//
//   started, seconds, stopped, seed, commit, machine
//   cells     kind x producer: verdict and amount of work
//   rules     kind x rule: kept, broken, not judged or not promised, and how many executions judged
//             it (stress/jobs/judged_rules.h)
//   findings  paths relative to the report's folder, with rule and reason
//   targets   fuzz targets: speed and how coverage grew
#ifndef IPC_HAMMER_STRESS_CLI_CAMPAIGN_REPORT_H_
#define IPC_HAMMER_STRESS_CLI_CAMPAIGN_REPORT_H_

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "stress/jobs/task.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct CampaignCell {
  const TransportKind* kind;
  std::string_view producer;  // "cases", "fuzz", "rapidcheck", "stress"
  const Tally* tally;
  std::string target = {};  // of "fuzz"
};

struct CampaignRecord {
  std::string_view made_by = "campaign";  // the command
  std::chrono::system_clock::time_point started;
  double seconds = 0;
  bool stopped = false;  // by a signal, before its time was over
  std::uint64_t seed = 0;
  std::size_t processors = 1;
  std::vector<CampaignCell> cells;
};

// `folder`: that of the report, for the findings' paths. REQUIRES: findings can be read still.
std::string CampaignReportJson(const CampaignRecord& record, const std::string& folder);

// Writes the file, whole or not at all, in the place of an earlier one. One line on failure.
std::expected<void, std::string> WriteCampaignReport(const CampaignRecord& record,
                                                     const std::string& path);

// Before a long campaign: why the file could not be written; empty if nothing speaks against it.
std::string ReportIsRefused(const std::string& path);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_CAMPAIGN_REPORT_H_
