#include "properties/findings/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "properties/findings/files.h"
#include "properties/hammered_kinds.h"
#include "properties/program/codec.h"
#include "properties/program/text.h"

namespace ipc_hammer {

// A kind is needed for the byte form of a program only; nothing here runs one.
const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {
      {.name = "pretended",
       .summary = "a kind with traits and no mechanism",
       .traits = {.producers_max = 4, .consumers_max = 4, .message_size_max = 4096},
       .create = {},
       .open = {},
       .unlink = {}}};
  return kinds;
}

namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class FindingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/finding.XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Write(const Finding& finding) {
    const auto path = WriteFinding(finding, folder_);
    EXPECT_TRUE(path) << path.error();
    return path.value_or("");
  }
  std::vector<std::string> Entries() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path());
    return names;
  }

  std::string folder_;
};

Finding Sample() {
  Finding finding;
  finding.program = {.kind = "pretended",
                     .capacity_messages = 4,
                     .message_size_bytes = 64,
                     .producers = 1,
                     .consumers = 1,
                     .seed = 77,
                     .operations = {{.action = Action::kSend, .size_bytes = 17, .fault = {}},
                                    {.action = Action::kReceive, .actor = 1, .fault = {}}}};
  finding.mode = Mode::kRelatives;
  finding.violation = {Rule::kNoLoss, "1 sent, 0 received", 0};
  finding.scenario = "fan_in";
  finding.census = "descriptors 3 -> 4\n";
  finding.log = "no report\n";
  Event event;
  event.outcome.state = Outcome::State::kOk;
  finding.history = {event};
  return finding;
}

void Overwrite(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

TEST_F(FindingTest, IsReadBackAsItWasWritten) {
  const Finding written = Sample();
  const auto read = ReadFinding(Write(written));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->program, written.program);
  EXPECT_EQ(read->mode, written.mode);
  EXPECT_EQ(read->violation.rule, written.violation.rule);
  EXPECT_EQ(read->violation.reason, written.violation.reason);
  EXPECT_EQ(read->scenario, written.scenario);
  EXPECT_EQ(read->target, "");
  EXPECT_EQ(read->input, Encode(written.program, HammeredKinds().front()));
}

TEST_F(FindingTest, NamesKindRuleAndHashAndIsTheOnlyEntry) {
  const std::string path = Write(Sample());
  EXPECT_THAT(path, MatchesRegex(".*/pretended-no-loss-[0-9a-f]{8}"));
  EXPECT_EQ(Entries(), std::vector<std::string>{path});
}

TEST_F(FindingTest, SameFindingLandsInTheSameFolderAndKeepsWhatAPersonAdded) {
  const std::string first = Write(Sample());
  Overwrite(first + "/notes.txt", "understood");
  EXPECT_EQ(Write(Sample()), first);
  EXPECT_EQ(*ReadWholeFile(first + "/notes.txt"), "understood");
  Finding other = Sample();
  other.program.seed = 78;
  EXPECT_NE(Write(other), first);
  other = Sample();
  other.violation.rule = Rule::kOrder;
  EXPECT_NE(Write(other), first);
  EXPECT_EQ(Entries().size(), 3u);
}

TEST_F(FindingTest, DamagedFolderOfThatNameIsReplaced) {
  const std::string path = Write(Sample());
  Overwrite(path + "/meta.json", "{");
  EXPECT_EQ(Write(Sample()), path);
  EXPECT_TRUE(ReadFinding(path));
  EXPECT_EQ(Entries().size(), 1u);
}

TEST_F(FindingTest, RawInputOfATargetWithoutProgramIsKept) {
  Finding finding;
  finding.target = "framing_fuzz";
  finding.input = {0, 255, 10, 13};
  finding.violation.rule = Rule::kHostilePeer;
  const std::string path = Write(finding);
  EXPECT_THAT(path, HasSubstr("/framing_fuzz-hostile-peer-"));
  const auto read = ReadFinding(path);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->target, finding.target);
  EXPECT_EQ(read->input, finding.input);
}

TEST_F(FindingTest, ConformanceCaseHasANameInsteadOfAProgram) {
  Finding finding;
  finding.program.kind = "pretended";
  finding.mode = Mode::kConformance;
  finding.case_name = "Close.PeerCloseUnblocksReceive";
  finding.violation = {Rule::kClose, "said would_block", Violation::kNoEvent};
  finding.log = "close_cases.cc:7: Failure\n";
  const std::string path = Write(finding);
  EXPECT_THAT(path, MatchesRegex(".*/pretended-close-[0-9a-f]{8}"));
  for (const char* none : {"program.txt", "input.bin", "history.txt"}) {
    EXPECT_FALSE(fs::exists(path + "/" + none)) << none;
  }
  const auto read = ReadFinding(path);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->program.kind, "pretended");
  EXPECT_EQ(read->mode, Mode::kConformance);
  EXPECT_EQ(read->case_name, finding.case_name);
  EXPECT_EQ(Write(finding), path);
  finding.case_name = "Close.PeerCloseUnblocksSend";
  EXPECT_NE(Write(finding), path);
}

TEST_F(FindingTest, ReasonOfArbitraryBytesIsWritten) {
  Finding finding = Sample();
  finding.violation.reason = "got \xff\xfe\n";
  EXPECT_TRUE(ReadFinding(Write(finding)));
}

// A file size limit fails each write as a full disk does: after some bytes, with an errno.
TEST_F(FindingTest, DiskThatFillsUpLeavesNothingAndSaysSoInOneLine) {
  ASSERT_NE(std::signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  Finding finding = Sample();
  finding.log.assign(8192, 'x');
  const rlimit small = {4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto path = WriteFinding(finding, folder_);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error(), HasSubstr("finding not written: "));
  EXPECT_THAT(path.error(), EndsWith("log.txt: File too large"));
  EXPECT_THAT(path.error(), Not(HasSubstr("\n")));
  EXPECT_TRUE(Entries().empty());
}

TEST_F(FindingTest, FolderThatCannotBeMadeIsSaidInOneLine) {
  Overwrite(folder_ + "/file", "");
  const auto path = WriteFinding(Sample(), folder_ + "/file/findings");
  ASSERT_FALSE(path);
  EXPECT_THAT(path.error(), MatchesRegex("finding not written: .*: Not a directory"));
}

TEST_F(FindingTest, DamageIsSaidInOneLineThatNamesTheFile) {
  const std::string meta = R"({"rule":"no-loss","mode":"threads","kind":"pretended"})";
  struct Case {
    std::string file, content, message;
  };
  const Case cases[] = {
      {"meta.json", "", "meta.json: not a JSON object"},
      {"meta.json", "[1]", "meta.json: not a JSON object"},
      {"meta.json", "{\"rule\":\"no-loss\",", "meta.json: not a JSON object"},
      {"meta.json", "{}", "meta.json: unknown rule ''"},
      {"meta.json", R"({"rule":7})", "meta.json: unknown rule ''"},
      {"meta.json", R"({"rule":"no-los","mode":"threads"})", "unknown rule 'no-los'"},
      {"meta.json", R"({"rule":"no-loss","mode":"fast"})", "unknown mode 'fast'"},
      {"meta.json", R"({"rule":"no-loss","mode":"threads"})", "neither kind nor target"},
      {"meta.json", R"({"rule":"no-loss","mode":"threads","case":"Close.X"})", "go together"},
      {"meta.json", R"({"rule":"close","mode":"conformance","kind":"pretended"})", "go together"},
      {"meta.json", R"({"rule":"close","mode":"conformance","case":"Close.X"})", "neither kind"},
      {"meta.json", R"({"rule":"no-loss","mode":"threads","kind":"x"})", "meta.json says 'x'"},
      {"program.txt", "", "program.txt: "},
      {"program.txt", "ipc_hammer program 1\nkind pretended\np0 snd 1\n", "program.txt: line 3"},
  };
  for (const Case& damage : cases) {
    SCOPED_TRACE(damage.file + " = " + damage.content);
    const std::string path = Write(Sample());
    Overwrite(path + "/" + damage.file, damage.content);
    const auto read = ReadFinding(path);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error(), HasSubstr("damaged finding: "));
    EXPECT_THAT(read.error(), HasSubstr(damage.message));
    EXPECT_THAT(read.error(), Not(HasSubstr("\n")));
  }
}

TEST_F(FindingTest, MissingFileIsDamage) {
  for (const char* file : {"meta.json", "program.txt", "input.bin"}) {
    const std::string path = Write(Sample());
    fs::remove(path + "/" + file);
    const auto read = ReadFinding(path);
    ASSERT_FALSE(read) << file;
    EXPECT_THAT(read.error(), EndsWith(std::string(file) + ": No such file or directory"));
  }
}

TEST(ModeTest, NamesAreReadBack) {
  for (const Mode mode : {Mode::kSequential, Mode::kThreads, Mode::kRelatives, Mode::kStrangers,
                          Mode::kConformance}) {
    EXPECT_EQ(ModeFromString(ToString(mode)), mode);
  }
  EXPECT_FALSE(ModeFromString(""));
}

TEST(FindingsFolderTest, TheUsersWishComesFirst) {
  const std::map<std::string, std::string> variables = {{"BUILD_WORKING_DIRECTORY", "/user"},
                                                        {"TEST_UNDECLARED_OUTPUTS_DIR", "/outputs"},
                                                        {"IPC_HAMMER_FINDINGS", "/wish"}};
  for (const auto& [name, value] : variables) unsetenv(name.c_str());
  EXPECT_EQ(FindingsFolder(), "findings");
  setenv("TEST_UNDECLARED_OUTPUTS_DIR", "/outputs", 1);
  EXPECT_EQ(FindingsFolder(), "/outputs/findings");
  setenv("BUILD_WORKING_DIRECTORY", "/user", 1);
  EXPECT_EQ(FindingsFolder(), "/user/findings");
  setenv("IPC_HAMMER_FINDINGS", "/wish", 1);
  EXPECT_EQ(FindingsFolder(), "/wish");
}

}  // namespace
}  // namespace ipc_hammer
