// The campaign as a user meets it: its table, what it takes over from fuzzers, and how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "stress/cli/testing/hammer_fixture.h"

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class CampaignTest : public HammerTest {
 protected:
  static nlohmann::json RuleOf(const nlohmann::json& report, std::string_view kind,
                               std::string_view rule) {
    for (const auto& entry : report["rules"]) {
      if (entry["kind"] == kind && entry["rule"] == rule) return entry;
    }
    return {};
  }
};

TEST_F(CampaignTest, CampaignPutsEveryKindInItsTable) {
  const Said said = Shell(
      "IPC_HAMMER_CASE_PATIENCE=3 exec $HAMMER campaign --seconds 4 --seed 1 --findings $D/found");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  EXPECT_THAT(said.out, ContainsRegex("CASES +CASES/S +VERDICT .*\nsound +[1-9][0-9]*/[0-9]+ "));
  for (const char* kind : {"sound", "losing", "dying", "refused", "deaf"}) {
    EXPECT_THAT(said.out, ContainsRegex(std::string("\n") + kind + " "));
  }
  EXPECT_THAT(said.out, HasSubstr("not run: sound fuzz, losing fuzz, dying fuzz, refused fuzz, "
                                  "deaf fuzz: no --fuzzers\n"));
  EXPECT_THAT(said.err, Not(HasSubstr("\x1b")));
}

// Two programs that print what libFuzzer prints; what a fuzz target finds is tested where it is.
TEST_F(CampaignTest, CampaignTakesOverWhatFuzzersSay) {
  fs::create_directory(folder_ + "/fuzzers");
  WriteFile("fuzzers/sound_program_fuzz",
            "#!/bin/sh\n"
            "echo '#2 INITED cov: 2 ft: 4 corp: 1/1b'\n"
            "echo '#64 pulse cov: 3 ft: 5 corp: 2/9b'\n"
            "echo 'stat::number_of_executed_units: 4321'\n");
  WriteFile("fuzzers/losing_program_fuzz",
            "#!/bin/sh\n"
            "for word; do case $word in -artifact_prefix=*) prefix=${word#*=};; esac; done\n"
            "printf 'some bytes' > \"${prefix}crash-1\"\n"
            "echo '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1'\n"
            "echo \"Test unit written to ${prefix}crash-1\"\n"
            "exit 77\n");
  for (const char* name : {"sound_program_fuzz", "losing_program_fuzz"}) {
    fs::permissions(folder_ + "/fuzzers/" + name, fs::perms::owner_all);
  }
  const Said said = Shell(
      "IPC_HAMMER_CASE_PATIENCE=3 exec $HAMMER campaign --seconds 4 --fuzzers $D/fuzzers "
      "--findings $D/found --json $D/report.json");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  EXPECT_THAT(said.out, ContainsRegex("\nsound .* 4.32k +[^ ]+ +ok "));
  EXPECT_THAT(said.out, HasSubstr("FINDING losing fuzz: no-crash: ==1==ERROR: AddressSanitizer: "));
  EXPECT_THAT(said.out,
              HasSubstr("not run: dying fuzz, refused fuzz, deaf fuzz: no fuzz binary: "));
  const std::string path = FindingNamed("losing-no-crash-");
  EXPECT_EQ(Content(path + "/input.bin"), "some bytes");
  EXPECT_THAT(Content(path + "/meta.json"), HasSubstr("\"target\": \"losing_program_fuzz\""));
  const auto targets = nlohmann::json::parse(Content(folder_ + "/report.json"))["targets"];
  ASSERT_EQ(targets.size(), 5u);
  EXPECT_EQ(targets[0]["target"], "sound_program_fuzz");
  EXPECT_EQ(targets[0]["executions"], 4321);
  EXPECT_EQ(targets[0]["edges"], 3);
  EXPECT_EQ(targets[0]["growth"].size(), 2u);
  EXPECT_EQ(targets[1]["verdict"], "findings");
  EXPECT_EQ(targets[2]["verdict"], "not_run");
}

// The children of a process that still exists, by the kernel's list.
std::string Children(pid_t pid) {
  const std::string number = std::to_string(pid);
  return Content("/proc/" + number + "/task/" + number + "/children");
}

// Starts a campaign that would take long and returns when it has children, whom it names.
pid_t StartCampaign(const std::string& folder, std::string& children) {
  const std::string binary = fs::absolute(std::getenv("TOY_HAMMER"));
  const pid_t pid = fork();
  if (pid == 0) {
    const bool redirected = std::freopen((folder + "/.out").c_str(), "w", stdout) != nullptr &&
                            std::freopen((folder + "/.err").c_str(), "w", stderr) != nullptr;
    setenv("TMPDIR", folder.c_str(), 1);
    if (redirected) {
      execl(binary.c_str(), "hammer", "campaign", "--seconds", "600", "--findings",
            (folder + "/found").c_str(), "--json", (folder + "/report.json").c_str(), nullptr);
    }
    _exit(127);
  }
  while ((children = Children(pid)).empty()) usleep(1000);
  return pid;
}

TEST_F(CampaignTest, JsonHasWhatTheTableHas) {
  const Said said = Shell(
      "IPC_HAMMER_CASE_PATIENCE=3 exec $HAMMER campaign --seconds 4 --seed 5 --findings $D/found "
      "--json $D/report.json");
  EXPECT_EQ(said.status, 1) << said.out << said.err;
  const auto report = nlohmann::json::parse(Content(folder_ + "/report.json"));
  EXPECT_EQ(report["seed"], 5);
  EXPECT_EQ(report["stopped"], false);
  EXPECT_EQ(report["cells"].size(), 20u);  // five kinds x four producers
  EXPECT_EQ(RuleOf(report, "sound", "no-leak")["verdict"], "kept");
  EXPECT_GT(RuleOf(report, "sound", "no-leak")["executions"], 0);
  EXPECT_EQ(RuleOf(report, "sound", "no-loss")["verdict"], "kept");  // by programs alone
  EXPECT_EQ(RuleOf(report, "losing", "no-loss")["verdict"], "broken");
  EXPECT_EQ(RuleOf(report, "refused", "no-loss")["verdict"], "not_judged");
  ASSERT_FALSE(report["findings"].empty());
  for (const auto& finding : report["findings"]) {
    EXPECT_TRUE(fs::exists(folder_ + "/" + finding["path"].get<std::string>() + "/meta.json"));
  }
}

TEST_F(CampaignTest, JsonThatCannotBeWrittenIsSaidFirst) {
  const Said said = Shell("$HAMMER campaign --seconds 600 --json $D/none/report.json");
  EXPECT_EQ(said.status, 2);
  EXPECT_EQ(said.err, "hammer: " + folder_ + "/none: No such file or directory\n");
}

TEST_F(CampaignTest, InterruptStopsEverythingAndPrintsTheTable) {
  std::string children;
  const pid_t pid = StartCampaign(folder_, children);
  kill(pid, SIGINT);
  int status = 0;
  waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const std::string out = Content(folder_ + "/.out");
  EXPECT_THAT(out, HasSubstr("\nrefused "));
  EXPECT_THAT(out, HasSubstr("\nstopped: "));
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_THAT(entry.path().filename().string(), AnyOf(".out", ".err", "found", "report.json"));
  }
  EXPECT_EQ(nlohmann::json::parse(Content(folder_ + "/report.json"))["stopped"], true);
}

// Even a killed hammer leaves no process behind: the loop ends, or the test times out.
TEST_F(CampaignTest, KilledHammerTakesItsChildrenAlong) {
  std::string children;
  const pid_t pid = StartCampaign(folder_, children);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  const pid_t child = static_cast<pid_t>(std::stol(children));
  const auto lives = [child] {
    const std::string status = Content("/proc/" + std::to_string(child) + "/stat");
    return !status.empty() && status.find(") Z ") == std::string::npos;
  };
  while (lives()) usleep(1000);
}

}  // namespace
}  // namespace ipc_hammer
