// `hammer traits` as a user meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "stress/cli/testing/hammer_fixture.h"

namespace ipc_hammer {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TraitsCommandTest : public HammerTest {};

TEST_F(TraitsCommandTest, AKindIsARowOfTheTableAndItsExperimentsAreTold) {
  const Said said = Shell("$HAMMER traits pipe");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_THAT(said.out, ContainsRegex("^measured on [0-9]+ x "));
  EXPECT_THAT(said.out, ContainsRegex("\nKIND +MECHANISM +WAYS +REACH "));
  EXPECT_THAT(said.out, ContainsRegex("\npipe +pipe +one way +relatives +bytes +fifo +1024 +yes "));
  EXPECT_THAT(said.out, HasSubstr("\n  does an answer come back over the same channel? one way: "));
  EXPECT_THAT(said.out, Not(HasSubstr("contradiction")));
}

TEST_F(TraitsCommandTest, TheQuotedTableStandsBesideWhatWasMeasured) {
  const Said said = Shell("$HAMMER traits pipe fifo");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_THAT(said.out, ContainsRegex("\npipe +no \\| no +yes \\| yes +fast "));
  EXPECT_THAT(said.out, ContainsRegex("\nFIFO +yes \\| no \\[[1-9]\\] +no \\| no +fast "));
  EXPECT_THAT(said.out, ContainsRegex("\n\\[[1-9]\\] FIFO, two-way: 'yes' does not hold "
                                      "\\(no: a FIFO\\). a FIFO: two open it "));
  EXPECT_THAT(said.out, ContainsRegex("\n\\[[1-9]\\] FIFO, persistent: 'yes' does not hold "));
}

TEST_F(TraitsCommandTest, JsonIsJson) {
  const Said said = Shell("$HAMMER traits fifo --json");
  EXPECT_EQ(said.status, 0) << said.err;
  const auto json = nlohmann::json::parse(said.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << said.out;
  ASSERT_EQ(json["kinds"].size(), 1U);
  const auto& reach = json["kinds"][0]["cells"]["reach"];
  EXPECT_EQ(reach["value"], "strangers");
  EXPECT_EQ(reach["declared"], "strangers");
  EXPECT_EQ(reach["contradicts"], false);
  EXPECT_EQ(json["quoted_table"][0]["mechanism"], "FIFO");
  EXPECT_EQ(json["quoted_table"][0]["verdict"], "does not hold");
}

TEST_F(TraitsCommandTest, AContradictedTraitIsNamedAndStatusOne) {
  const Said said = Shell("$HAMMER traits boastful");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("\ncontradiction: boastful: ways is declared as 'both ways' and "
                                  "measured as 'one way': "));
}

TEST_F(TraitsCommandTest, TheCasesFindTheSame) {
  const Said said =
      Shell("$HAMMER run boastful --case 'Traits.AnAnswer*' --rounds 1 --findings $D/found");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  FindingNamed("boastful-traits-");
}

TEST_F(TraitsCommandTest, WhatTheMachineRefusesIsNoContradiction) {
  const Said said = Shell("$HAMMER traits refused");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr(" n/a: no channel: no_space: create\n"));
}

TEST_F(TraitsCommandTest, WrongUseIsOneLineAndStatusTwo) {
  for (const char* const words : {"traits pip", "traits pipe nobody", "traits --colour"}) {
    const Said said = Shell(std::string("$HAMMER ") + words);
    EXPECT_EQ(said.status, 2) << words;
    EXPECT_THAT(said.out, IsEmpty()) << words;
    EXPECT_THAT(said.err, ContainsRegex("^hammer: [^\n]+\n$")) << words;
  }
}

}  // namespace
}  // namespace ipc_hammer
