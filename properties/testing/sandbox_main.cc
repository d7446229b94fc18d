#include "properties/testing/sandbox_main.h"

#include <gtest/gtest.h>
#include <sys/random.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "properties/census/census.h"
#include "properties/sandbox/sandbox.h"

namespace ipc_hammer {
namespace {

constexpr char kSeedVariable[] = "IPC_HAMMER_SEED";

std::uint64_t DrawSeed() {
  std::uint32_t seed = 1;  // short enough to type
  return getrandom(&seed, sizeof seed, 0) == sizeof seed ? seed : 1;
}

// RapidCheck takes its configuration from RC_PARAMS: "key=value key=value".
void SetSeed() {
  const char* params = std::getenv("RC_PARAMS");
  std::string rapidcheck = params == nullptr ? "" : params;
  const std::size_t given = rapidcheck.find("seed=");
  if (given != std::string::npos) {
    setenv(kSeedVariable, rapidcheck.substr(given + 5, rapidcheck.find(' ', given)).c_str(), 1);
  }
  if (std::getenv(kSeedVariable) == nullptr) {
    setenv(kSeedVariable, std::to_string(DrawSeed()).c_str(), 1);
  }
  if (given != std::string::npos) return;
  if (!rapidcheck.empty()) rapidcheck += ' ';
  setenv("RC_PARAMS", (rapidcheck + "seed=" + std::to_string(TestSeed())).c_str(), 1);
}

class LeavesNothingBehind : public testing::Environment {
 public:
  void SetUp() override { before_ = TakeCensus(ScopeOf(TestSandbox())); }
  void TearDown() override {
    const CensusDifference difference = Compare(before_, TakeCensus(ScopeOf(TestSandbox())));
    EXPECT_TRUE(difference.clean()) << "the tests left this behind:\n" << ToString(difference);
  }

 private:
  Census before_;
};

}  // namespace

std::uint64_t TestSeed() {
  const char* seed = std::getenv(kSeedVariable);
  return seed == nullptr ? 0 : std::strtoull(seed, nullptr, 0);
}

}  // namespace ipc_hammer

int main(int argc, char** argv) {
  if (ipc_hammer::RunInsteadOfTests != nullptr) {
    if (const auto status = ipc_hammer::RunInsteadOfTests(argc, argv)) return *status;
  }
  ipc_hammer::SetTestSandbox(ipc_hammer::EnterSandbox());
  ipc_hammer::SetSeed();
  std::printf("seed %llu (again: IPC_HAMMER_SEED=%llu)\n%s\n",
              static_cast<unsigned long long>(ipc_hammer::TestSeed()),
              static_cast<unsigned long long>(ipc_hammer::TestSeed()),
              ToString(ipc_hammer::TestSandbox()).c_str());
  if (ipc_hammer::RegisterTests != nullptr) ipc_hammer::RegisterTests();
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new ipc_hammer::LeavesNothingBehind);  // gtest owns it
  return RUN_ALL_TESTS();
}
