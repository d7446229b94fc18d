// `hammer census` as a user meets it.
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

class CensusCommandTest : public HammerTest {};

TEST_F(CensusCommandTest, AFifoThatSomebodyHasOpenIsInTheTable) {
  const Said said = Shell("mkfifo $D/left.fifo && exec 3<>$D/left.fifo && $HAMMER census");
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out, ContainsRegex("\nFIFO +[^ ]*/left.fifo .* [0-9]+ "));
  EXPECT_THAT(said.out, ContainsRegex("\n[0-9]+ objects, [0-9]+ look abandoned\n"));
}

TEST_F(CensusCommandTest, JsonIsJson) {
  const Said said = Shell("$HAMMER census --json");
  EXPECT_EQ(said.status, 0) << said.err;
  const auto json = nlohmann::json::parse(said.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << said.out;
  EXPECT_TRUE(json["objects"].is_array());
  EXPECT_TRUE(json["unseen"].is_array());
}

TEST_F(CensusCommandTest, ACommandThatLeavesNothingIsStatusZero) {
  const Said said = Shell("$HAMMER census --watch -- sh -c 'exit 3'");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_EQ(said.out, "sh ended with status 3 and left 0 objects and 0 processes behind\n");
}

TEST_F(CensusCommandTest, WhatACommandLeavesIsNamedAndStatusOne) {
  const Said left = Shell(
      "name=census_$$; $HAMMER census --watch -- touch /dev/shm/$name; status=$?; "
      "rm /dev/shm/$name; exit $status");
  EXPECT_EQ(left.status, 1) << left.out << left.err;
  EXPECT_THAT(left.out, ContainsRegex("\nPOSIX shared memory +/dev/shm/census_[0-9]+ .* nobody +"
                                      "rm /dev/shm/census_[0-9]+\n"));
  EXPECT_THAT(left.out, HasSubstr("left 1 objects and 0 processes behind\n"));
}

// Somebody in another PID namespace binds a socket while the command runs.
TEST_F(CensusCommandTest, ASocketOfAProcessThatIsNotShownIsNotTheCommands) {
  const std::string alone = "unshare --user --map-root-user --pid --fork --mount-proc ";
  if (Shell(alone + "true").status != 0) GTEST_SKIP() << "no namespaces here";
  const std::string bind =
      "import os, socket; open('$D/go').read(); "
      "s = socket.socket(socket.AF_UNIX); s.bind('/tmp/census_$$'); s.listen(); "
      "there = open('$D/there', 'w'); there.write('.'); there.close(); open('$D/go').read(); "
      "os.unlink('/tmp/census_$$')";
  const Said said = Shell("mkfifo $D/go $D/there; python3 -c \"" + bind + "\" & " + alone +
                          "$HAMMER census --watch -- sh -c 'echo >$D/go; cat $D/there'; "
                          "status=$?; echo >$D/go; wait; exit $status");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_EQ(said.out, ".sh ended with status 0 and left 0 objects and 0 processes behind\n");
}

TEST_F(CensusCommandTest, AProcessThatStaysIsNamed) {
  const Said said = Shell(
      "$HAMMER census --watch -- sh -c 'sleep 600 </dev/null >/dev/null 2>&1 & echo $! >'$D/pid; "
      "status=$?; kill $(cat $D/pid); exit $status");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  EXPECT_THAT(said.out, ContainsRegex("process [0-9]+ \\(sleep\\) is still there: kill [0-9]+\n"));
}

TEST_F(CensusCommandTest, WrongUseIsOneLineAndStatusTwo) {
  for (const char* const words :
       {"census --watch -- /no/such/command", "census --watch", "census -- true", "census true"}) {
    const Said said = Shell(std::string("$HAMMER ") + words);
    EXPECT_EQ(said.status, 2) << words;
    EXPECT_THAT(said.out, IsEmpty()) << words;
    EXPECT_THAT(said.err, ContainsRegex("^hammer: [^\n]+\n$")) << words;
  }
}

}  // namespace
}  // namespace ipc_hammer
