// What `hammer replay` shows of a failure, and when it has seen enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "stress/cli/testing/hammer_fixture.h"

namespace ipc_hammer {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ProgramOf(const std::string& kind, const std::string& operations) {
  return "ipc_hammer program 1\nkind " + kind +
         "\ncapacity 64\nmessage_size 64\nproducers 1\nconsumers 1\nseed 7\n" + operations;
}

class ReplayTest : public HammerTest {
 protected:
  void SetUp() override {
    HammerTest::SetUp();
    WriteFile("crashing", ProgramOf("crashing", "p0 send 17 now\np0 send 18 now\n"));
    WriteFile("losing",
              ProgramOf("losing", "p0 send 64 never times 300\np0 close\nc0 drain never\n"));
    WriteFile("late", ProgramOf("losing", "p0 send 64 now times 40\nc0 drain now\n"));
  }
};

TEST_F(ReplayTest, TheFirstFailureIsEnoughUnlessRunsAreToBeCounted) {
  EXPECT_THAT(Shell("exec $HAMMER replay $D/losing --mode threads").out,
              HasSubstr("failed in 1 of 1 run (threads)\n"));
  EXPECT_THAT(Shell("exec $HAMMER replay $D/losing --mode threads --runs 3").out,
              HasSubstr("failed in 3 of 3 runs (threads)\n"));
}

TEST_F(ReplayTest, TheHistoryIsShownOnceAroundWhereTheRuleBrokeOrInFull) {
  const auto lines = [](const Said& said) { return std::ranges::count(said.out, '\n'); };
  const Said shown = Shell("exec $HAMMER replay $D/losing --mode threads");
  EXPECT_THAT(shown.out, ContainsRegex("\n>>> .*\n +\\^ no-loss: "));
  EXPECT_THAT(shown.out, HasSubstr(" later events)\n"));
  EXPECT_LT(lines(shown), 50) << shown.out;
  EXPECT_GT(lines(Shell("exec $HAMMER replay $D/losing --mode threads --full")), 150);
}

TEST_F(ReplayTest, InOneThreadTheMarkStandsAtTheOperationThatBrokeTheRule) {
  const Said said = Shell("exec $HAMMER replay $D/late");
  EXPECT_EQ(said.status, 1) << said.err;
  EXPECT_THAT(said.out, ContainsRegex("\n>>> .* receive now: ok p0#7 64B .*\n +\\^ no-loss: "))
      << said.out;
}

TEST_F(ReplayTest, InThisProcessTheVerdictIsTheSame) {
  // Of the other program one thread would see first that more is accepted than there is room for.
  for (const auto& [program, mode] : {std::pair("late", "sequential"), {"losing", "threads"}}) {
    const Said said =
        Shell(std::string("exec $HAMMER replay $D/") + program + " --in-process --mode " + mode);
    EXPECT_EQ(said.status, 1) << said.err;
    EXPECT_THAT(said.out, ContainsRegex("\n +\\^ no-loss: "));
    EXPECT_THAT(said.out, HasSubstr(std::string("failed in 1 of 1 run (") + mode + ")\n"));
  }
  const Said both = Shell("exec $HAMMER replay $D/losing --in-process --runs 2");
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.err, HasSubstr("excludes"));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
TEST_F(ReplayTest, TheCallInWhichAProcessDiesIsTheLastOneOfItsHistory) {
  const Said said = Shell("exec $HAMMER replay $D/crashing");
  EXPECT_EQ(said.status, 1) << said.err;
  EXPECT_THAT(said.out, HasSubstr("ERROR: AddressSanitizer: SEGV"));
  EXPECT_THAT(said.out, HasSubstr("* send 17B now: ok p0#0"));
  EXPECT_THAT(said.out, ContainsRegex("> send 18B now\n>>> +\\? never ended\n"
                                      " +\\^ no-crash: the process died in this call\n"))
      << said.out;
  const Said leaves = Shell("exec $HAMMER replay $D/late");
  EXPECT_THAT(leaves.out, Not(HasSubstr("the process died")));
}
#endif
#endif

}  // namespace
}  // namespace ipc_hammer
