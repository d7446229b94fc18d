#include "stress/jobs/judged_rules.h"

#include <gtest/gtest.h>

namespace ipc_hammer {
namespace {

bool Has(const RuleSet& rules, Rule rule) { return rules.test(static_cast<std::size_t>(rule)); }

Program OneSend(Fault fault = {}) {
  Program program;
  program.operations = {{.action = Action::kSend, .fault = fault}};
  return program;
}

TEST(JudgedRules, TokensHaveNumbersOnly) {
  Traits traits;
  traits.shape = Shape::kTokens;
  const RuleSet tokens = RulesOfAnyProgram(traits);
  EXPECT_TRUE(Has(tokens, Rule::kNoLoss));
  EXPECT_FALSE(Has(tokens, Rule::kIntegrity));
  EXPECT_FALSE(Has(tokens, Rule::kOrder));
  traits.shape = Shape::kBytes;
  EXPECT_TRUE(Has(RulesOfAnyProgram(traits), Rule::kIntegrity));
  EXPECT_FALSE(Has(RulesOfAnyProgram(traits), Rule::kBoundaries));
  traits.shape = Shape::kMessages;
  EXPECT_TRUE(Has(RulesOfAnyProgram(traits), Rule::kBoundaries));
}

TEST(JudgedRules, InterruptedNeedsAnInterruption) {
  EXPECT_FALSE(Has(RulesOfProgram(OneSend(), {}), Rule::kInterrupted));
  EXPECT_FALSE(Has(RulesOfProgram(OneSend({FaultKind::kMemory}), {}), Rule::kInterrupted));
  EXPECT_TRUE(Has(RulesOfProgram(OneSend({FaultKind::kInterrupt}), {}), Rule::kInterrupted));
  Program signalled = OneSend();
  signalled.adversities.signal_us = 200;
  EXPECT_TRUE(Has(RulesOfRun(signalled, {}, true), Rule::kInterrupted));
}

TEST(JudgedRules, SurviveKillNeedsAKillAndAPromise) {
  Traits traits;
  EXPECT_FALSE(Has(RulesOfRun(OneSend(), traits, true), Rule::kSurviveKill));
  const Program killing = OneSend({FaultKind::kKill});
  EXPECT_TRUE(Has(RulesOfRun(killing, traits, true), Rule::kSurviveKill));
  traits.survives_kill = false;
  const RuleSet left = RulesOfRun(killing, traits, true);
  EXPECT_FALSE(Has(left, Rule::kSurviveKill));
  EXPECT_FALSE(Has(left, Rule::kNoLoss));
  EXPECT_TRUE(Has(left, Rule::kIntegrity));
}

TEST(JudgedRules, LedgersSayNothingAboutCapacity) {
  EXPECT_TRUE(Has(RulesOfRun(OneSend(), {}, true), Rule::kCapacity));
  const RuleSet ledgers = RulesOfRun(OneSend(), {}, false);
  EXPECT_FALSE(Has(ledgers, Rule::kCapacity));
  EXPECT_TRUE(Has(ledgers, Rule::kNoLoss));
}

TEST(JudgedRules, ACaseIsOfItsRuleAndEndsLikeEverything) {
  const RuleSet rules = RulesOfCase(Rule::kPrivate);
  EXPECT_TRUE(Has(rules, Rule::kPrivate));
  EXPECT_TRUE(Has(rules, Rule::kNoLeak));
  EXPECT_FALSE(Has(rules, Rule::kNoLoss));
}

}  // namespace
}  // namespace ipc_hammer
