#include "properties/probes/probe_run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

TEST(RunExperimentTest, ACellComesBackWhole) {
  const LeftBehind left;
  const Cell cell = RunExperiment([] { return Measured("yes", "it was seen", 4.5); });
  EXPECT_EQ(cell.state, Cell::State::kMeasured);
  EXPECT_EQ(cell.value, "yes");
  EXPECT_EQ(cell.seen, "it was seen");
  EXPECT_EQ(cell.number, 4.5);
  EXPECT_EQ(left.Tell(), "");
}

TEST(RunExperimentTest, LongTextIsCut) {
  const Cell cell = RunExperiment([] { return Measured("yes", std::string(5000, 'x')); });
  EXPECT_EQ(cell.seen, std::string(1023, 'x'));
}

TEST(RunExperimentTest, AHangIsACell) {
  const LeftBehind left;
  const Cell cell = RunExperiment(
      [] {
        for (;;) pause();
        return Failed("");
      },
      std::chrono::milliseconds(50));
  EXPECT_EQ(cell.state, Cell::State::kFailed);
  EXPECT_EQ(cell.value, "hung");
  EXPECT_EQ(cell.seen, "the experiment did not end within 50 ms");
  EXPECT_EQ(left.Tell(), "");
}

TEST(RunExperimentTest, ACrashIsACell) {
  const LeftBehind left;
  const Cell cell = RunExperiment([] {
    raise(SIGKILL);
    return Measured("yes", "");
  });
  EXPECT_EQ(cell.state, Cell::State::kFailed);
  EXPECT_EQ(cell.value, "crashed");
  EXPECT_EQ(cell.seen, "the experiment's process ended with signal 9");
  EXPECT_EQ(left.Tell(), "");
}

}  // namespace
}  // namespace ipc_hammer
