// Which findings of `hammer run` are made simpler before they are told, and which are not.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "stress/cli/testing/hammer_fixture.h"

namespace ipc_hammer {
namespace {

class SimplerTest : public HammerTest {
 protected:
  // How large the program is that the first finding with this kind tells.
  std::size_t ProgramBytes(const std::string& kind) {
    const Said run = Shell("exec $HAMMER run " + kind +
                           " --mode sequential --rounds 16 --seed 1 --findings $D/found");
    EXPECT_EQ(run.status, 1) << run.out << run.err;
    return Content(FindingNamed(kind + "-") + "/program.txt").size();
  }
};

// A simpler program would be one that fails by chance, and its history one of a run that did not.
TEST_F(SimplerTest, WhatFailsNowAndThenIsToldAsItWasSeen) {
  EXPECT_GT(ProgramBytes("fickle"), ProgramBytes("losing"));
}

// Each try would wait for what has been lost.
TEST_F(SimplerTest, WhatIsKnownLateIsToldAsItWasSeen) {
  EXPECT_GT(ProgramBytes("late"), ProgramBytes("losing"));
}

}  // namespace
}  // namespace ipc_hammer
