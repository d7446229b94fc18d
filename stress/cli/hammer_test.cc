// The command line as a user meets it: exit statuses, one-line errors, findings that replay.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "stress/cli/testing/hammer_fixture.h"

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kProgram =
    "ipc_hammer program 1\n"
    "kind sound\n"
    "capacity 4\n"
    "message_size 64\n"
    "producers 1\n"
    "consumers 1\n"
    "seed 7\n"
    "p0 send 17 now\n"
    "c0 receive 0 now\n";

std::string With(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST_F(HammerTest, WrongCommandLinesAreOneLineAndStatusTwo) {
  struct Case {
    std::string arguments, message;
  };
  const Case cases[] = {
      {"", "subcommand is required"},
      {"rnu", "unknown command 'rnu': did you mean 'run'?"},
      {"--secnds 3", "unknown option '--secnds'"},
      {"run", "KIND is required"},
      {"run sund", "unknown kind 'sund': did you mean 'sound'?"},
      {"run zzz", "unknown kind 'zzz' (known: sound, losing, dying, refused, deaf)"},
      {"faults sond", "unknown kind 'sond': did you mean 'sound'?"},
      {"run sound extra", "one argument too many: 'extra'"},
      {"run sound --scenario fan_im", "unknown scenario 'fan_im': did you mean 'fan_in'?"},
      {"run sound --mode thread", "unknown mode 'thread': did you mean 'threads'?"},
      {"run sound --mode sequential --scenario fan_in", "not sequential"},
      {"run sound --mode conformance --scenario fan_in", "not conformance"},
      {"run sound --case Close.Peer", "no case is called 'Close.Peer': see 'hammer cases'"},
      {"run sound --case NoLeak.ManyLivesLeaveNothin",
       "did you mean 'NoLeak.ManyLivesLeaveNothing'"},
      {"run sound --case 'NoLeak.*' --mode threads",
       "a case has the mode conformance, not threads"},
      {"run sound --case 'NoLeak.*' --scenario fan_in", "a scenario or a case, not both"},
      {"run sound --secnds 1", "unknown option '--secnds': did you mean '--seconds'?"},
      {"run sound --seconds x", "--seconds"},
      {"run sound --seconds -1", "--seconds"},
      {"run sound --rounds 0", "--rounds"},
      {"run sound --first no-los", "unknown rule 'no-los': did you mean 'no-loss'?"},
      {"run sound --rounds 1 --seconds 1", "excludes"},
      {"campaign --fuzzers /nowhere", "/nowhere: No such file or directory"},
      {"replay", "PATH is required"},
      {"replay /nowhere", "/nowhere: No such file or directory"},
      {"replay $D", "meta.json: No such file or directory"},
      {"replay /dev/null", "/dev/null: not a program"},
      {"replay /dev/null --kind soud", "unknown kind 'soud': did you mean 'sound'?"},
      {"replay -", "-: not a program"},
      {"replay $D/p --mode fast", "unknown mode 'fast'"},
      {"minimise", "PATH is required"},
      {"minimise /nowhere", "/nowhere: No such file or directory"},
      {"minimise $D/p", "p: no finding: which rule has to be broken?"},
      {"replay $D/p --mode strangers", "cannot share a channel in mode strangers"},
      {"replay $D/p --mode conformance", "a program has no mode conformance"},
      {"replay $D/p --kind losing", "a program of sound, not of losing"},
      {"replay $D/unknown", "unknown kind 'soond': did you mean 'sound'?"},
      {"replay $D/damaged", "damaged: line 8"},
      {"replay $D/invalid", "invalid: "},
      {"show /nowhere", "/nowhere: No such file or directory"},
      {"rules --jsn", "unknown option '--jsn'"},
      {"--ipc-hammer-job", "own use"},
  };
  WriteFile("p", kProgram);
  WriteFile("unknown", With(kProgram, "sound", "soond"));
  WriteFile("damaged", With(kProgram, "p0 send", "p0 snd"));
  WriteFile("invalid", With(kProgram, "c0 receive", "c9 receive"));
  for (const Case& wrong : cases) {
    SCOPED_TRACE("hammer " + wrong.arguments);
    const Said said = Shell("exec $HAMMER " + wrong.arguments);
    EXPECT_EQ(said.status, 2);
    EXPECT_THAT(said.err, HasSubstr("hammer: "));
    EXPECT_THAT(said.err, HasSubstr(wrong.message));
    EXPECT_EQ(std::ranges::count(said.err, '\n'), 1) << said.err;
    EXPECT_THAT(said.out, IsEmpty());
  }
}

TEST_F(HammerTest, HelpIsNoError) {
  for (const char* arguments : {"--help", "run --help", "replay -h"}) {
    const Said said = Shell(std::string("exec $HAMMER ") + arguments);
    EXPECT_EQ(said.status, 0);
    EXPECT_THAT(said.out, HasSubstr("Usage"));
    EXPECT_THAT(said.err, IsEmpty());
  }
}

TEST_F(HammerTest, CataloguesAreComplete) {
  EXPECT_THAT(Shell("exec $HAMMER list").out, ContainsRegex("losing .*forgets messages"));
  EXPECT_THAT(Shell("$HAMMER list --json | python3 -m json.tool").out,
              HasSubstr("\"name\": \"dying\""));
  EXPECT_THAT(Shell("exec $HAMMER rules").out, HasSubstr("no-race"));
  EXPECT_THAT(Shell("exec $HAMMER scenarios").out, HasSubstr("fan_in"));
  EXPECT_THAT(Shell("exec $HAMMER cases").out,
              ContainsRegex("NoLeak.ManyLivesLeaveNothing +no-leak +5 of 5\n"));
}

TEST_F(HammerTest, ReaderThatGoesAwayIsNoError) {
  const Said said = Shell("$HAMMER rules | head -n 1");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.err, IsEmpty());
}

TEST_F(HammerTest, OutputThatCannotBeWrittenIsAnError) {
  const Said said = Shell("exec $HAMMER rules >/dev/full");
  EXPECT_EQ(said.status, 2);
  EXPECT_EQ(said.err, "hammer: standard output: No space left on device\n");
}

TEST_F(HammerTest, SoundKindIsOk) {
  const Said said = Shell("exec $HAMMER run sound --rounds 20 --seed 1 --findings $D/found");
  EXPECT_EQ(said.status, 0) << said.out << said.err;
  EXPECT_THAT(said.out, ContainsRegex("sound sequential +20 .*ok\n"));
  EXPECT_THAT(said.out, ContainsRegex("sound threads +20 .*ok\n"));
  EXPECT_THAT(said.out, ContainsRegex("sound conformance +20/[0-9]+ .*ok\n"));
  EXPECT_THAT(said.out, HasSubstr("total: 3 ok, 0 findings, 0 not run\n"));
  EXPECT_FALSE(fs::exists(folder_ + "/found"));
}

TEST_F(HammerTest, ARunTellsItsWorkAndTheRulesThatItJudged) {
  const std::string run = "exec $HAMMER run losing --mode sequential --rounds 300 --seed 1";
  ASSERT_EQ(Shell(run + " --findings $D/found --json $D/told").status, 1);
  const std::string told = Content(folder_ + "/told");
  EXPECT_THAT(told, HasSubstr("\"made_by\": \"run\""));
  EXPECT_THAT(told, HasSubstr("\"producer\": \"rapidcheck\""));
  EXPECT_THAT(told, ContainsRegex("\"rule\": \"no-loss\",\n +\"verdict\": \"broken\""));
  EXPECT_THAT(told, ContainsRegex("\"rule\": \"integrity\",\n +\"verdict\": \"kept\","
                                  "\n +\"executions\": [1-9]"));
  // Said before anything is done.
  const Said said = Shell(run + " --findings $D/more --json $D/nowhere/told");
  EXPECT_EQ(said.status, 2);
  EXPECT_FALSE(fs::exists(folder_ + "/more"));
}

TEST_F(HammerTest, FindingReplaysAndShows) {
  const Said run =
      Shell("exec $HAMMER run losing --mode sequential --rounds 300 --seed 1 --findings $D/found");
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("FINDING losing sequential: no-loss: "));
  const std::string path = FindingNamed("losing-no-loss-");
  setenv("F", path.c_str(), 1);
  EXPECT_THAT(run.out, HasSubstr("replay: ci/repro " + path + "\n"));
  const Said replay = Shell("exec $HAMMER replay $F");
  EXPECT_EQ(replay.status, 1) << replay.out << replay.err;
  EXPECT_THAT(replay.out, HasSubstr("recorded: no-loss: "));
  EXPECT_THAT(replay.out, HasSubstr("failed in 1 of 1 run (sequential)\n"));
  EXPECT_THAT(Shell("exec $HAMMER show $F").out, HasSubstr("\"rule\": \"no-loss\""));
  // The same as the fuzzer's bytes, and as text on standard input.
  EXPECT_EQ(Shell("exec $HAMMER replay $F/input.bin --kind losing").status, 1);
  EXPECT_EQ(Shell("$HAMMER show $F/program.txt | $HAMMER replay -").status, 1);
}

TEST_F(HammerTest, PointsOfFaultsAreCounted) {
  const Said said = Shell("exec $HAMMER faults sound");
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(said.out,
            "KIND   CREATE  OPEN  SEND  RECEIVE  END  POINTS  IN CASES\n"
            "sound       0     -     0        0    0       0         0\n"
            "total: 0 points, 0 in cases\n");
}

TEST_F(HammerTest, TheFirstFindingOfARuleIsEnough) {
  const std::string endless = "exec $HAMMER run losing --rounds 1000000000 --findings $D/found ";
  const Said any = Shell(endless + "--first any");
  EXPECT_EQ(any.status, 1) << any.out << any.err;
  EXPECT_THAT(any.out, HasSubstr("FINDING losing "));
  const Said one = Shell(endless + "--mode sequential --first no-loss");
  EXPECT_EQ(one.status, 1) << one.out << one.err;
  EXPECT_THAT(one.out, HasSubstr("FINDING losing sequential: no-loss: "));
  EXPECT_THAT(one.out, ContainsRegex("total: 0 ok, [0-9]+ findings?, 0 not run\n"));
}

TEST_F(HammerTest, AFindingIsMinimisedToOneOfItsOwn) {
  const Said run = Shell(
      "exec $HAMMER run losing --scenario fan_in --mode threads --rounds 1 --seed 1 "
      "--producers 3 --findings $D/found");
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  setenv("F", FindingNamed("losing-no-loss-").c_str(), 1);
  const Said small =
      Shell("exec $HAMMER minimise $F --runs 2 --seconds 30 --findings $D/found/small");
  EXPECT_EQ(small.status, 0) << small.out << small.err;
  EXPECT_THAT(small.out, HasSubstr("failed in 2 of 2 runs (threads)\nno-loss: "));
  EXPECT_THAT(small.out, ContainsRegex("from 4 operations, 4 actors to [12] operations?, 2 actors\n"
                                       "replay: ci/repro .*/found/small/losing-no-loss-"));
  const std::string path = small.out.substr(small.out.rfind(' ') + 1);
  setenv("F", path.substr(0, path.find('\n')).c_str(), 1);
  EXPECT_EQ(Shell("exec $HAMMER replay $F --runs 2").status, 1);
}

TEST_F(HammerTest, EveryCaseIsPlayedOncePerPassInAnOrderOfTheSeed) {
  const std::string run = "exec $HAMMER run sound --case 'Order.*' --findings $D/found ";
  const Said some = Shell(run + "--rounds 1 --seed 1");
  EXPECT_EQ(some.status, 0) << some.out << some.err;
  EXPECT_THAT(some.out, ContainsRegex("sound conformance +1/[0-9]+ .*ok\n"));
  const Said all = Shell(run + "--rounds 50 --seed 2");
  EXPECT_EQ(all.status, 0) << all.out << all.err;
  EXPECT_TRUE(std::regex_search(all.out, std::regex("sound conformance +([0-9]+)/\\1 .*ok\n")))
      << all.out;
}

TEST_F(HammerTest, FindingOfACaseNamesItReplaysAndShows) {
  // What surrounds a test of gtest's is no business of the cases that it starts.
  setenv("XML_OUTPUT_FILE", (folder_ + "/xml").c_str(), 1);
  setenv("GTEST_BREAK_ON_FAILURE", "1", 1);
  setenv("GTEST_FILTER", "-*", 1);
  const std::string name = "Capacity.ExactlyTheDeclaredNumberIsAccepted";
  const Said run =
      Shell("exec $HAMMER run losing --case " + name + " --rounds 3 --seed 1 --findings $D/found");
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_THAT(run.out,
              HasSubstr("FINDING losing conformance: capacity: " + name + ": capacity_cases.cc:"));
  EXPECT_THAT(run.out, ContainsRegex("losing conformance +1/1 .*1 finding\n"));
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("[ ")));
  const std::string path = FindingNamed("losing-capacity-");
  setenv("F", path.c_str(), 1);
  const Said replay = Shell("exec $HAMMER replay $F --runs 2");
  EXPECT_EQ(replay.status, 1) << replay.out << replay.err;
  EXPECT_THAT(replay.out, HasSubstr("recorded: capacity: " + name));
  EXPECT_THAT(replay.out, HasSubstr("failed in 2 of 2 runs (conformance)\n"));
  const Said show = Shell("exec $HAMMER show $F");
  EXPECT_THAT(show.out, HasSubstr("\"case\": \"" + name + "\""));
  EXPECT_THAT(show.out, HasSubstr("== log.txt\ncapacity_cases.cc:"));
  EXPECT_EQ(Shell("exec $HAMMER replay $F --mode threads").status, 2);
  EXPECT_FALSE(fs::exists(folder_ + "/xml"));
  for (const char* variable : {"XML_OUTPUT_FILE", "GTEST_BREAK_ON_FAILURE", "GTEST_FILTER"}) {
    unsetenv(variable);
  }
}

TEST_F(HammerTest, CaseThatHangsIsAFindingAndTheOthersGoOn) {
  setenv("IPC_HAMMER_CASE_PATIENCE", "3", 1);
  const Said run = Shell(
      "exec $HAMMER run deaf --case 'Close.CloseWakes*' "
      "--rounds 9 --seed 1 --findings $D/found");
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("FINDING deaf conformance: no-hang: "
                                 "Close.CloseWakesABlockedReceive: it did not end within 3 s\n"));
  EXPECT_THAT(run.out, ContainsRegex("deaf conformance +2/2 .*1 finding\n"));
  setenv("F", FindingNamed("deaf-no-hang-").c_str(), 1);
  const Said replay = Shell("exec $HAMMER replay $F --runs 1");
  EXPECT_EQ(replay.status, 1) << replay.out << replay.err;
  EXPECT_THAT(replay.out, HasSubstr("failed in 1 of 1 run (conformance)\n"));
  unsetenv("IPC_HAMMER_CASE_PATIENCE");
}

TEST_F(HammerTest, DeathInACaseIsAFindingOfThatCaseAndTheOthersGoOn) {
  const Said run = Shell(
      "exec $HAMMER run dying --case 'NoLeak.*' --rounds 9 --seed 1 "
      "--findings $D/found");
  EXPECT_EQ(run.status, 1) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("no-crash: NoLeak.ManyLivesLeaveNothing: the process ended with"));
  EXPECT_THAT(run.out, HasSubstr("NoLeak.ACreationThatFailsAtAnyCall"));
  EXPECT_THAT(Content(FindingNamed("dying-no-crash-") + "/meta.json"), HasSubstr("SIGKILL"));
}

TEST_F(HammerTest, FindingThatCannotBeWrittenStillCounts) {
  WriteFile("file", "");
  const Said said = Shell(
      "exec $HAMMER run losing --mode sequential --rounds 300 --seed 1 --findings $D/file/found");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.out, HasSubstr("finding not written: "));
  EXPECT_THAT(said.out, HasSubstr("Not a directory"));
}

TEST_F(HammerTest, DeathOfTheProcessIsAFindingOfTheProgramThatRan) {
  const Said said =
      Shell("exec $HAMMER run dying --mode sequential --rounds 9 --seed 1 --findings $D/found");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("FINDING dying sequential: no-crash: the process ended with"));
  EXPECT_THAT(said.out, ContainsRegex("dying sequential +2 "));
  EXPECT_THAT(Content(FindingNamed("dying-no-crash-") + "/meta.json"), HasSubstr("SIGKILL"));
}

TEST_F(HammerTest, RefusedIsNoVerdict) {
  for (const std::string mode : {"sequential", "conformance"}) {
    const Said said = Shell("exec $HAMMER run refused --mode " + mode + " --rounds 3 --seed 1");
    EXPECT_EQ(said.status, 2) << said.out << said.err;
    EXPECT_THAT(said.out, ContainsRegex("not run: refused " + mode + ": .*no_space"));
  }
}

TEST_F(HammerTest, SoundProgramReplaysWithoutFailing) {
  WriteFile("p", kProgram);
  const Said once = Shell("exec $HAMMER replay $D/p");
  EXPECT_EQ(once.status, 0) << once.out << once.err;
  EXPECT_EQ(once.out, "failed in 0 of 1 run (sequential)\n");
  const Said racing = Shell("exec $HAMMER replay $D/p --mode threads --runs 3");
  EXPECT_EQ(racing.status, 0) << racing.out << racing.err;
  EXPECT_EQ(racing.out, "failed in 0 of 3 runs (threads)\n");
}

}  // namespace
}  // namespace ipc_hammer
