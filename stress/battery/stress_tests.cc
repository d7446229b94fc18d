// Every hammered kind under every scenario that makes sense for it, with threads, relatives and
// strangers, and under adversities: small runs, with the whole history judged.
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
#include "stress/scenarios/adversity.h"
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

// Whose receiver may be dead, or closed, before anything comes.
bool MayReceiveNothing(const Scenario& scenario) {
  return scenario.name == "kill" || scenario.name == "close_race";
}

class Stress : public testing::TestWithParam<Case> {
 protected:
  // The scenario's program of that seed breaks no rule, beset by some of the named adversities.
  void Hammer(std::uint64_t seed, const std::vector<std::string>& adversities = {}) {
    const TransportKind& kind = *FindHammeredKind(GetParam().kind);
    Program program = GetParam().scenario->make(kind, {.seed = seed});
    Beset(program, kind, GetParam().mode, seed, adversities);
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
    if (!MayReceiveNothing(*GetParam().scenario) && adversities.empty()) {
      EXPECT_GT(report.messages, 0U);
    }
  }
};

TEST_P(Stress, BreaksNoRule) { Hammer(TestSeed()); }

INSTANTIATE_TEST_SUITE_P(Kinds, Stress, testing::ValuesIn(Cases()), CaseName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Stress);

// The scenarios that have the most to lose, in the mode that reaches the farthest.
std::vector<Case> BesetCases() {
  std::vector<Case> cases;
  for (const Case& candidate : Cases()) {
    if (candidate.scenario->name != "many_to_many" && candidate.scenario->name != "churn") continue;
    const bool again = !cases.empty() && cases.back().kind == candidate.kind &&
                       cases.back().scenario == candidate.scenario;
    if (again) cases.pop_back();
    cases.push_back(candidate);
  }
  return cases;
}

class BesetStress : public Stress {};

TEST_P(BesetStress, BreaksNoRule) {
  std::vector<std::string> all;
  for (const Adversity& adversity : AllAdversities()) all.emplace_back(adversity.name);
  for (std::uint64_t seed = TestSeed(); seed < TestSeed() + 4; ++seed) Hammer(seed, all);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BesetStress, testing::ValuesIn(BesetCases()), CaseName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BesetStress);

}  // namespace
}  // namespace ipc_hammer
