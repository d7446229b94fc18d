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

#include "stress/scenarios/adversity.h"
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

TEST_P(Scenarios, BesetByAnyAdversityItIsAValidProgram) {
  const auto& [kind, scenario] = GetParam();
  for (const Mode mode : {Mode::kThreads, Mode::kStrangers}) {
    if (!scenario.applies(kind, mode)) continue;
    for (const Adversity& adversity : AllAdversities()) {
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Program program = scenario.make(kind, {.seed = seed});
        const Program before = program;
        Beset(program, kind, mode, seed, std::array{std::string(adversity.name)});
        const auto valid = Validate(program, kind.traits);
        ASSERT_TRUE(valid) << adversity.name << ", seed " << seed << ": " << valid.error();
        if (adversity.applies(kind, mode) && scenario.name != "kill") {
          EXPECT_NE(program, before) << adversity.name << ", seed " << seed;
        }
      }
    }
  }
}

TEST_P(Scenarios, ManySeedsHaveEachAdversityAndSomeHaveNone) {
  const auto& [kind, scenario] = GetParam();
  if (kind.traits.reach == Reach::kThreads || !scenario.applies(kind, Mode::kStrangers)) return;
  std::vector<std::string> names;
  for (const Adversity& adversity : AllAdversities()) names.emplace_back(adversity.name);
  int none = 0, stops = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Program program = scenario.make(kind, {.seed = seed});
    const Program before = program;
    Beset(program, kind, Mode::kStrangers, seed, names);
    none += program == before ? 1 : 0;
    stops += program.adversities.stop_us != 0 ? 1 : 0;
  }
  EXPECT_GT(none, 10);
  EXPECT_GT(stops, 10);
  EXPECT_LT(stops, 190);
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

TEST(AdversityList, AnAdversityIsFoundByItsName) {
  for (const Adversity& adversity : AllAdversities()) {
    EXPECT_EQ(FindAdversity(adversity.name), &adversity) << adversity.name;
  }
  EXPECT_EQ(FindAdversity("luck"), nullptr);
}

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
