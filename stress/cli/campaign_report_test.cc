#include "stress/cli/campaign_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "properties/findings/finding.h"
#include "properties/hammered_kinds.h"

namespace ipc_hammer {

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {
      {.name = "tokens",
       .summary = "a kind with traits and no mechanism",
       .traits = {.shape = Shape::kTokens, .reach = Reach::kRelatives},
       .create = {},
       .open = {},
       .unlink = {}}};
  return kinds;
}

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t Index(Rule rule) { return static_cast<std::size_t>(rule); }

class CampaignReportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/report.XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    record_.seed = 7;
    record_.cells = {{.kind = &kind_, .producer = "rapidcheck", .tally = &programs_},
                     {.kind = &kind_, .producer = "fuzz", .tally = &fuzz_, .target = "t_fuzz"}};
  }
  void TearDown() override { fs::remove_all(folder_); }

  json Report() const { return json::parse(CampaignReportJson(record_, folder_)); }
  json RuleOfReport(std::string_view rule) const {
    for (const json& entry : Report()["rules"]) {
      if (entry["rule"] == rule) return entry;
    }
    return {};
  }
  std::string WriteNoLoss() const {
    Finding finding;
    finding.program.kind = kind_.name;
    finding.violation = {Rule::kNoLoss, "1 token of 2 is \xff lost", Violation::kNoEvent};
    return WriteFinding(finding, folder_ + "/findings").value_or("");
  }

  const TransportKind& kind_ = HammeredKinds().front();
  std::string folder_;
  Tally programs_, fuzz_;
  CampaignRecord record_;
};

TEST_F(CampaignReportTest, ACellHasVerdictAndWork) {
  programs_.executions = 12;
  programs_.seconds = 1.5;
  fuzz_.not_run = "no fuzz binary";
  const json report = Report();
  EXPECT_EQ(report["format"], 1);
  EXPECT_EQ(report["seed"], 7);
  EXPECT_EQ(report["started"], "1970-01-01T00:00:00Z");
  const json& cells = report["cells"];
  EXPECT_EQ(cells[0]["verdict"], "ok");
  EXPECT_EQ(cells[0]["executions"], 12);
  EXPECT_EQ(cells[0]["seconds"], 1.5);
  EXPECT_FALSE(cells[0].contains("planned"));
  EXPECT_EQ(cells[1]["verdict"], "not_run");
  EXPECT_EQ(cells[1]["reason"], "no fuzz binary");
}

TEST_F(CampaignReportTest, NothingDoneIsNoVerdict) {
  record_.stopped = true;
  EXPECT_EQ(Report()["cells"][0]["verdict"], "not_run");
  EXPECT_EQ(Report()["cells"][0]["reason"], "stopped before anything was done");
  EXPECT_EQ(RuleOfReport("no-loss")["verdict"], "not_judged");
}

TEST_F(CampaignReportTest, RulesAreSummedOverProducers) {
  programs_.judged[Index(Rule::kNoLoss)] = 3;
  fuzz_.judged[Index(Rule::kNoLoss)] = 4;
  EXPECT_EQ(RuleOfReport("no-loss")["executions"], 7);
  EXPECT_EQ(RuleOfReport("no-loss")["verdict"], "kept");
  EXPECT_EQ(RuleOfReport("integrity")["verdict"], "not_promised");  // tokens have no bytes
  EXPECT_EQ(RuleOfReport("no-race")["verdict"], "not_judged");
  EXPECT_EQ(RuleOfReport("survive-kill")["verdict"], "not_judged");  // relatives can be killed
}

TEST_F(CampaignReportTest, AFindingBreaksItsRuleAndIsListedOnce) {
  const std::string path = WriteNoLoss();
  ASSERT_FALSE(path.empty());
  programs_.findings = fuzz_.findings = {path};
  programs_.judged[Index(Rule::kNoLoss)] = 3;
  const json report = Report();
  ASSERT_EQ(report["findings"].size(), 1u);
  EXPECT_THAT(report["findings"][0]["path"], StartsWith("findings/tokens-no-loss-"));
  EXPECT_EQ(report["findings"][0]["rule"], "no-loss");
  EXPECT_EQ(report["findings"][0]["mode"], "sequential");
  EXPECT_EQ(report["cells"][0]["verdict"], "findings");
  EXPECT_EQ(RuleOfReport("no-loss")["verdict"], "broken");
  EXPECT_EQ(RuleOfReport("no-invention")["verdict"], "not_judged");
}

TEST_F(CampaignReportTest, ALostFindingKeepsItsReason) {
  programs_.lost = {"finding not written: no space"};
  const json finding = Report()["findings"][0];
  EXPECT_EQ(finding["path"], "");
  EXPECT_EQ(finding["reason"], "finding not written: no space");
}

TEST_F(CampaignReportTest, ATargetHasItsCurve) {
  fuzz_.executions = 100;
  fuzz_.seconds = 2;
  fuzz_.growth = {{0.5, 10, 20, 3, 40}, {1.5, 11, 25, 4, 50}};
  const json targets = Report()["targets"];
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0]["target"], "t_fuzz");
  EXPECT_EQ(targets[0]["executions_per_second"], 50.0);
  EXPECT_EQ(targets[0]["edges"], 11);
  EXPECT_EQ(targets[0]["growth"], json::parse("[[0.5, 10, 20, 3], [1.5, 11, 25, 4]]"));
}

TEST_F(CampaignReportTest, TheFileTakesThePlaceOfAnEarlierOne) {
  const std::string path = folder_ + "/report.json";
  std::ofstream(path) << "earlier";
  ASSERT_TRUE(WriteCampaignReport(record_, path));
  std::ifstream file(path);
  EXPECT_EQ(json::parse(file)["made_by"], "campaign");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

// A limit on the size of files stands for a disk that is full.
TEST_F(CampaignReportTest, AFullDiskLeavesTheEarlierOne) {
  const std::string path = folder_ + "/report.json";
  std::ofstream(path) << "earlier";
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small = {.rlim_cur = 64, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto written = WriteCampaignReport(record_, path);
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error(), HasSubstr("File too large"));
  EXPECT_EQ(fs::file_size(path), 7u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(CampaignReportTest, WhatCannotBeWrittenIsRefusedBefore) {
  EXPECT_EQ(ReportIsRefused(folder_ + "/report.json"), "");
  EXPECT_THAT(ReportIsRefused(folder_), HasSubstr("Is a directory"));
  EXPECT_THAT(ReportIsRefused(folder_ + "/none/report.json"), HasSubstr("No such file"));
}

}  // namespace
}  // namespace ipc_hammer
