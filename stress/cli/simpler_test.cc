// Which findings of `hammer run` are made simpler before they are told, and which are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "stress/cli/testing/hammer_fixture.h"

namespace ipc_hammer {
namespace {

using ::testing::HasSubstr;

class SimplerTest : public HammerTest {
 protected:
  // A file of what was found first with the kind.
  std::string Found(const std::string& kind, const std::string& file) {
    const Said run = Shell("exec $HAMMER run " + kind +
                           " --mode sequential --rounds 16 --seed 1 --findings $D/found");
    EXPECT_EQ(run.status, 1) << run.out << run.err;
    return Content(FindingNamed(kind + "-") + "/" + file);
  }
};

// A simpler program would be one that fails by chance, and its history one of a run that did not.
TEST_F(SimplerTest, WhatFailsNowAndThenIsToldAsItWasSeen) {
  EXPECT_THAT(Found("fickle", "history.txt"), HasSubstr(">>> ")) << "the moment of the violation";
}

}  // namespace
}  // namespace ipc_hammer
