// How a fuzz target is started decides what it does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "fuzz/fuzz_target.h"

namespace ipc_hammer {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::array kCorpus = {"corpus/a", "corpus/b", "corpus/gone"};
constexpr std::array kRegressions = {"regressions/r"};
constexpr FuzzTarget kTarget = {.name = "some_fuzz",
                                .corpus = kCorpus,
                                .regressions = kRegressions,
                                .dictionary = "some.dict",
                                .input_bytes_max = 77};

class FuzzPlanTest : public testing::Test {
 protected:
  FuzzPlanTest() {
    around_.root = testing::TempDir() + "/" +
                   testing::UnitTest::GetInstance()->current_test_info()->name() + "/";
    around_.findings_folder = "/findings";
    for (const char* path : {"corpus/a", "corpus/b", "regressions/r", "some.dict", "home/crash"}) {
      std::filesystem::create_directories(std::filesystem::path(around_.root + path).parent_path());
      std::ofstream(around_.root + path) << "x";
    }
  }
  FuzzPlan Plan(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "program");
    return PlanFuzzing(kTarget, around_, arguments);
  }
  std::vector<std::string> Inputs(const FuzzPlan& plan) {
    std::vector<std::string> inputs;
    for (const auto& argument : plan.arguments) {
      if (argument.starts_with(around_.root))
        inputs.push_back(argument.substr(around_.root.size()));
    }
    return inputs;
  }
  FuzzSurroundings around_;
};

TEST_F(FuzzPlanTest, ATestReplaysEveryInputOnceInOrder) {
  around_.replays = true;
  const FuzzPlan plan = Plan({});
  EXPECT_TRUE(plan.possible);
  EXPECT_THAT(Inputs(plan), ElementsAre("corpus/a", "corpus/b", "regressions/r"));
  EXPECT_THAT(plan.notice, HasSubstr("3 inputs"));
}

TEST_F(FuzzPlanTest, ATestWithoutInputsIsImpossible) {
  around_.replays = true;
  around_.root += "nowhere/";
  const FuzzPlan plan = Plan({});
  EXPECT_FALSE(plan.possible);
  EXPECT_THAT(plan.notice, HasSubstr("nothing to replay"));
}

TEST_F(FuzzPlanTest, ARunFuzzesFromTheSeeds) {
  const FuzzPlan plan = Plan({"-max_total_time=5"});
  EXPECT_THAT(plan.arguments, Contains("-max_total_time=5"));
  EXPECT_THAT(plan.arguments, Contains("-seed_inputs=" + around_.root + "corpus/a," + around_.root +
                                       "corpus/b," + around_.root + "regressions/r"));
  EXPECT_TRUE(Inputs(plan).empty());
}

TEST_F(FuzzPlanTest, ARunKeepsNewInputsOnlyWhereItIsTold) {
  around_.grown_corpus = "/kept/some_fuzz";
  EXPECT_EQ(Plan({}).arguments.back(), "/kept/some_fuzz");
}

TEST_F(FuzzPlanTest, NamedInputsAreAllThatIsRun) {
  around_.replays = true;
  around_.user_folder = around_.root + "home/";
  const FuzzPlan plan = Plan({"crash"});
  EXPECT_THAT(Inputs(plan), ElementsAre("home/crash"));
  EXPECT_THAT(plan.arguments, Not(Contains(StartsWith("-seed_inputs"))));
}

TEST_F(FuzzPlanTest, TheUsersFlagsComeAfterTheDefaults) {
  const auto arguments = Plan({"-timeout=99"}).arguments;
  const auto at = [&](const std::string& flag) {
    return std::ranges::find(arguments, flag) - arguments.begin();
  };
  EXPECT_LT(at("-timeout=10"), at("-timeout=99"));
  EXPECT_EQ(at("-timeout=99") < static_cast<std::ptrdiff_t>(arguments.size()), true);
  EXPECT_THAT(arguments, Contains("-max_len=77"));
  EXPECT_THAT(arguments, Contains("-artifact_prefix=/findings/some_fuzz-"));
  EXPECT_THAT(arguments, Contains("-dict=" + around_.root + "some.dict"));
}

}  // namespace
}  // namespace ipc_hammer
