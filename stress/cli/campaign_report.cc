#include "stress/cli/campaign_report.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "properties/findings/files.h"
#include "properties/findings/finding.h"
#include "properties/rules/rule.h"
#include "stress/cli/promised_rules.h"
#include "stress/jobs/judged_rules.h"

#ifndef IPC_HAMMER_CONFIG
#define IPC_HAMMER_CONFIG "plain"
#endif

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Broken = std::set<std::pair<const TransportKind*, Rule>>;

std::size_t FindingsOf(const Tally& tally) { return tally.findings.size() + tally.lost.size(); }

std::string_view VerdictOf(const Tally& tally) {
  if (FindingsOf(tally) != 0) return "findings";
  return !tally.not_run.empty() || tally.executions == 0 ? "not_run" : "ok";
}

std::string ReasonOf(const Tally& tally, bool stopped) {
  if (!tally.not_run.empty() || VerdictOf(tally) != "not_run") return tally.not_run;
  return stopped ? "stopped before anything was done" : "nothing was executed";
}

Json CellJson(const CampaignCell& cell, bool stopped) {
  const Tally& tally = *cell.tally;
  Json json = {{"kind", cell.kind->name},
               {"producer", cell.producer},
               {"config", IPC_HAMMER_CONFIG},
               {"verdict", VerdictOf(tally)},
               {"reason", ReasonOf(tally, stopped)},
               {"executions", tally.executions},
               {"messages", tally.messages},
               {"bytes", tally.bytes},
               {"seconds", tally.seconds},
               {"findings", FindingsOf(tally)}};
  if (tally.cases_all != 0) {
    json["cases"] = tally.cases;
    json["planned"] = tally.cases_all;
  }
  if (!tally.note.empty()) json["note"] = tally.note;
  return json;
}

std::string_view RuleVerdict(bool broken, bool promised, std::uint64_t executions) {
  if (broken) return "broken";
  if (executions != 0) return "kept";
  return promised ? "not_judged" : "not_promised";
}

Json RulesJson(const CampaignRecord& record, const Broken& broken) {
  std::vector<std::pair<const TransportKind*, RuleCounts>> kinds;
  for (const CampaignCell& cell : record.cells) {
    auto at = std::ranges::find(kinds, cell.kind, [](const auto& entry) { return entry.first; });
    if (at == kinds.end()) at = kinds.insert(at, {cell.kind, RuleCounts{}});
    for (std::size_t i = 0; i < kRules; ++i) at->second[i] += cell.tally->judged[i];
  }
  Json json = Json::array();
  for (const auto& [kind, judged] : kinds) {
    const RuleSet promised = PromisedRules(*kind);
    for (const RuleInfo& info : AllRules()) {
      const auto i = static_cast<std::size_t>(info.rule);
      json.push_back({{"kind", kind->name},
                      {"rule", info.name},
                      {"verdict", RuleVerdict(broken.contains({kind, info.rule}), promised.test(i),
                                              judged[i])},
                      {"executions", judged[i]}});
    }
  }
  return json;
}

std::string RelativeTo(const std::string& folder, const std::string& path) {
  std::error_code error;
  const fs::path relative = fs::proximate(path, folder.empty() ? "." : folder, error);
  return error ? path : relative.string();
}

Json FindingJson(const CampaignCell& cell, const std::string& path, const std::string& folder,
                 Broken& broken) {
  Json json = {{"path", RelativeTo(folder, path)},
               {"id", fs::path(path).filename().string()},
               {"kind", cell.kind->name},
               {"producer", cell.producer},
               {"config", IPC_HAMMER_CONFIG}};
  const auto finding = ReadFinding(path);
  if (!finding) {
    json["rule"] = "";
    json["reason"] = finding.error();
    return json;
  }
  broken.insert({cell.kind, finding->violation.rule});
  json["rule"] = ToString(finding->violation.rule);
  json["reason"] = finding->violation.reason;
  json["mode"] = ToString(finding->mode);
  json["target"] = finding->target;
  json["case"] = finding->case_name;
  return json;
}

// What was seen and could not be written has a reason and nothing else.
Json LostJson(const CampaignCell& cell, const std::string& reason) {
  return {
      {"path", ""}, {"id", ""},         {"kind", cell.kind->name},    {"producer", cell.producer},
      {"rule", ""}, {"reason", reason}, {"config", IPC_HAMMER_CONFIG}};
}

// Two producers may come upon the same one.
Json FindingsJson(const CampaignRecord& record, const std::string& folder, Broken& broken) {
  Json json = Json::array();
  std::set<std::string> seen;
  for (const CampaignCell& cell : record.cells) {
    for (const std::string& path : cell.tally->findings) {
      if (seen.insert(path).second) json.push_back(FindingJson(cell, path, folder, broken));
    }
    for (const std::string& reason : cell.tally->lost) json.push_back(LostJson(cell, reason));
  }
  return json;
}

Json TargetJson(const CampaignCell& cell, bool stopped) {
  const Tally& tally = *cell.tally;
  const Reached last = tally.growth.empty() ? Reached{} : tally.growth.back();
  Json growth = Json::array();
  for (const Reached& point : tally.growth) {
    growth.push_back({point.seconds, point.edges, point.features, point.corpus_inputs});
  }
  const double per_second =
      tally.seconds > 0 ? static_cast<double>(tally.executions) / tally.seconds : 0;
  return {{"target", cell.target},
          {"config", IPC_HAMMER_CONFIG},
          {"verdict", VerdictOf(tally)},
          {"reason", ReasonOf(tally, stopped)},
          {"executions", tally.executions},
          {"seconds", tally.seconds},
          {"executions_per_second", per_second},
          {"edges", last.edges},
          {"features", last.features},
          {"corpus_inputs", last.corpus_inputs},
          {"corpus_bytes", last.corpus_bytes},
          {"growth", std::move(growth)}};
}

std::string ProcessorModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

Json MachineJson(std::size_t processors) {
  utsname system = {};
  uname(&system);
  return {{"processors", processors}, {"kernel", system.release}, {"model", ProcessorModel()}};
}

std::string Commit() {
  const char* const commit = std::getenv("IPC_HAMMER_COMMIT");
  return commit == nullptr ? "" : commit;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::expected<void, std::string> Sync(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int sys_errno = errno;
  if (descriptor >= 0) close(descriptor);
  if (synced) return {};
  return std::unexpected(fmt::format("{}: {}", path, std::strerror(sys_errno)));
}

}  // namespace

std::string CampaignReportJson(const CampaignRecord& record, const std::string& folder) {
  const auto started = std::chrono::floor<std::chrono::seconds>(record.started);
  Json json = {{"format", 1},
               {"made_by", record.made_by},
               {"started", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(started))},
               {"seconds", record.seconds},
               {"stopped", record.stopped},
               {"commit", Commit()},
               {"seed", record.seed},
               {"machine", MachineJson(record.processors)}};
  Broken broken;
  Json cells = Json::array(), targets = Json::array();
  for (const CampaignCell& cell : record.cells) {
    cells.push_back(CellJson(cell, record.stopped));
    if (!cell.target.empty()) targets.push_back(TargetJson(cell, record.stopped));
  }
  Json findings = FindingsJson(record, folder, broken);
  json["cells"] = std::move(cells);
  json["rules"] = RulesJson(record, broken);
  json["findings"] = std::move(findings);
  json["targets"] = std::move(targets);
  // A reason may quote bytes of a broken message.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::expected<void, std::string> WriteCampaignReport(const CampaignRecord& record,
                                                     const std::string& path) {
  const std::string temporary = fmt::format("{}.new.{}", path, getpid());
  auto status = WriteWholeFile(temporary, CampaignReportJson(record, FolderOf(path)));
  if (status) status = Sync(temporary);
  if (status && rename(temporary.c_str(), path.c_str()) != 0) {
    status = std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (!status) unlink(temporary.c_str());
  if (!status) return std::unexpected("report not written: " + status.error());
  return {};
}

std::string ReportIsRefused(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return fmt::format("{}: {}", path, std::strerror(EISDIR));
  const std::string folder = FolderOf(path);
  if (access(folder.c_str(), W_OK | X_OK) == 0) return "";
  return fmt::format("{}: {}", folder, std::strerror(errno));
}

}  // namespace ipc_hammer
