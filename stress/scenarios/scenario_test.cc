// What is promised of every scenario, whatever the kind.
#include "stress/scenarios/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "transports/kinds.h"

namespace ipc_hammer {
namespace {

constexpr std::uint64_t kSeeds = 1000;

bool AppliesInAnyMode(const Scenario& scenario, const TransportKind& kind) {
  return std::ranges::any_of(std::array{Mode::kThreads, Mode::kRelatives, Mode::kStrangers},
                             [&](Mode mode) { return scenario.applies(kind, mode); });
}

using Param = std::tuple<TransportKind, Scenario>;

class Scenarios : public testing::TestWithParam<Param> {};

TEST_P(Scenarios, EverySeedIsAValidProgram) {
  const auto& [kind, scenario] = GetParam();
  if (!AppliesInAnyMode(scenario, kind)) return;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto valid = Validate(scenario.make(kind, {.seed = seed}), kind.traits);
    ASSERT_TRUE(valid) << "seed " << seed << ": " << valid.error();
  }
}

TEST_P(Scenarios, WhateverTheUserChoosesIsAValidProgram) {
  const auto& [kind, scenario] = GetParam();
  if (!AppliesInAnyMode(scenario, kind)) return;
  for (const std::uint32_t choice : {1U, 2U, 3U, 100U, 70'000U}) {
    const ScenarioOptions options{.scale = 1 + choice % 7,
                                  .producers = choice,
                                  .consumers = choice,
                                  .message_size = choice,
                                  .messages = choice};
    const auto valid = Validate(scenario.make(kind, options), kind.traits);
    ASSERT_TRUE(valid) << "choice " << choice << ": " << valid.error();
  }
}

TEST_P(Scenarios, TheSameSeedIsTheSameProgram) {
  const auto& [kind, scenario] = GetParam();
  if (!AppliesInAnyMode(scenario, kind)) return;
  EXPECT_EQ(scenario.make(kind, {.seed = 7}), scenario.make(kind, {.seed = 7}));
}

std::string NameOf(const testing::TestParamInfo<Param>& info) {
  return std::get<TransportKind>(info.param).name + "_" +
         std::string(std::get<Scenario>(info.param).name);
}

std::vector<Scenario> Listed() { return {AllScenarios().begin(), AllScenarios().end()}; }

INSTANTIATE_TEST_SUITE_P(Kinds, Scenarios,
                         testing::Combine(testing::ValuesIn(AllKinds()),
                                          testing::ValuesIn(Listed())),
                         NameOf);

TEST(ScenarioList, AScenarioIsFoundByItsName) {
  for (const Scenario& scenario : AllScenarios()) {
    const Scenario* const found = FindScenario(scenario.name);
    ASSERT_NE(found, nullptr) << scenario.name;
    EXPECT_EQ(found->name, scenario.name);
  }
  EXPECT_EQ(FindScenario("none"), nullptr);
}

}  // namespace
}  // namespace ipc_hammer
