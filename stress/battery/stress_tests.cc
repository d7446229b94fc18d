// Every hammered kind under every scenario that makes sense for it, with threads, relatives and
// strangers: small runs, with the whole history judged.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "properties/testing/sandbox_main.h"
#include "stress/runner/process_runner.h"
#include "stress/scenarios/scenario.h"

namespace ipc_hammer {
namespace {

struct Case {
  std::string kind;
  const Scenario* scenario;
  Mode mode;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const TransportKind& kind : HammeredKinds()) {
    for (const Scenario& scenario : AllScenarios()) {
      for (const Mode mode : {Mode::kThreads, Mode::kRelatives, Mode::kStrangers}) {
        if (!Reaches(kind.traits, mode) || !scenario.applies(kind, mode)) continue;
        cases.push_back({kind.name, &scenario, mode});
      }
    }
  }
  return cases;
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  std::string name = fmt::format("{}_{}_{}", info.param.kind, info.param.scenario->name,
                                 ToString(info.param.mode));
  std::ranges::replace_if(name, [](char c) { return c != '_' && !std::isalnum(c); }, '_');
  return name;
}

class Stress : public testing::TestWithParam<Case> {
 protected:
  // The scenario's program of that seed breaks no rule.
  void Hammer(std::uint64_t seed) {
    const TransportKind& kind = *FindHammeredKind(GetParam().kind);
    const Program program = GetParam().scenario->make(kind, {.seed = seed});
    const auto valid = Validate(program, kind.traits);
    ASSERT_TRUE(valid) << valid.error();
    ProcessOptions options;
    options.mode = GetParam().mode;
    options.sandbox = TestSandbox();
    options.folder = TestSandbox().scratch_folder;
    const RunReport report = RunProcesses(kind, program, options);
    if (report.refused) GTEST_SKIP() << "the machine's limits: " << report.refusal;
    for (const Violation& violation : report.violations) {
      ADD_FAILURE() << ToString(violation.rule) << ": " << violation.reason << '\n'
                    << report.census << report.log
                    << SwimLanes(program, report.history, violation.event_index, 60)
                    << "scenario seed " << seed << ", " << ToString(options.mode)
                    << "; the program:\n"
                    << ToText(program).substr(0, 4000);
    }
    if (GetParam().scenario->name != "kill") {
      EXPECT_GT(report.messages, 0U);
    }
  }
};

TEST_P(Stress, BreaksNoRule) { Hammer(TestSeed()); }

INSTANTIATE_TEST_SUITE_P(Kinds, Stress, testing::ValuesIn(Cases()), CaseName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Stress);

}  // namespace
}  // namespace ipc_hammer
