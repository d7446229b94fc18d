// The stateful properties of every hammered kind: whatever program is generated, no rule is broken.
// A program that breaks one is shrunk, written as a finding, and the test ends with its replay
// line.
//
// IPC_HAMMER_PROGRAMS says how many programs each property runs; the seed is the test's.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "properties/battery/program_search.h"
#include "properties/battery/program_worker.h"
#include "properties/findings/finding.h"
#include "properties/hammered_kinds.h"
#include "properties/history/violation_lanes.h"
#include "properties/testing/sandbox_main.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kLogShown = 8192;

int ProgramsToRun() {
  const char* const asked = std::getenv("IPC_HAMMER_PROGRAMS");
  const int programs = asked == nullptr ? 0 : std::atoi(asked);
  return programs > 0 ? programs : SearchOptions().programs;
}

std::string Report(const Finding& finding) {
  const auto path = WriteFinding(finding, FindingsFolder());
  return std::string(ToString(finding.violation.rule)) + ": " + finding.violation.reason + "\n" +
         finding.census + ViolationLanes(finding.program, finding.history, finding.violation) +
         finding.log.substr(0, kLogShown) + "\n" +
         (path ? ReplayLine(*path) : "no finding written: " + path.error()) + "\n";
}

class ProgramProperty : public testing::Test {
 public:
  ProgramProperty(const TransportKind& kind, const std::string& name, const ProgramShape& shape)
      : kind_(kind), name_(name), shape_(shape) {}

  void TestBody() override {
    const SandboxReport& sandbox = TestSandbox();
    ProgramWorker worker(kind_, {sandbox.name_prefix + "program", sandbox.scratch_folder}, sandbox);
    SearchOptions options;
    options.name = name_;
    options.shape = shape_;
    options.programs = ProgramsToRun();
    options.seed = TestSeed();
    const SearchResult result = SearchForBrokenRule(kind_, worker, options);
    if (result.finding) FAIL() << result.report << "\n" << Report(*result.finding);
    EXPECT_GE(result.tried, options.programs) << result.report;
    if (result.refused == result.tried) GTEST_SKIP() << "this machine refuses every channel";
  }

 private:
  const TransportKind& kind_;
  const std::string name_;
  const ProgramShape shape_;
};

bool Register(const char* sentence, const ProgramShape& shape) {
  for (const TransportKind& kind : HammeredKinds()) {
    const std::string name = sentence + ("/" + kind.name);
    testing::RegisterTest("Program", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [&kind, name, shape]() -> testing::Test* {
                            return new ProgramProperty(kind, name, shape);
                          });
  }
  return true;
}

ProgramShape WithFaults() {
  ProgramShape shape;
  shape.faults = true;
  return shape;
}

[[maybe_unused]] const bool registered = Register("EveryProgramKeepsTheRules", {}) &&
                                         Register("EveryFaultyProgramKeepsTheRules", WithFaults());

}  // namespace
}  // namespace ipc_hammer
