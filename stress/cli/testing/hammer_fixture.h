// HammerTest: runs the hammer of the toy kinds as a user would, in a folder of its own.
#ifndef IPC_HAMMER_STRESS_CLI_TESTING_HAMMER_FIXTURE_H_
#define IPC_HAMMER_STRESS_CLI_TESTING_HAMMER_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace ipc_hammer {

struct Said {
  int status = -1;
  std::string out;
  std::string err;
};

// What can be read: a file of /proc whose process goes meanwhile ends with an error, which an
// iterator of the file's buffer would throw and an inserter keeps to itself.
inline std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

class HammerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/hammer.XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    unsetenv("IPC_HAMMER_FINDINGS");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Through the shell, for the sake of redirections. $HAMMER is the binary, $D a folder.
  Said Shell(const std::string& command) {
    setenv("HAMMER", std::filesystem::absolute(std::getenv("TOY_HAMMER")).c_str(), 1);
    setenv("D", folder_.c_str(), 1);
    const std::string whole =
        "(" + command + ") >'" + folder_ + "/.out' 2>'" + folder_ + "/.err' </dev/null";
    const int status = std::system(whole.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            Content(folder_ + "/.out"), Content(folder_ + "/.err")};
  }
  void WriteFile(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
  }
  // The path of the finding whose folder's name begins so.
  std::string FindingNamed(const std::string& name) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/found")) {
      if (entry.path().filename().string().starts_with(name)) return entry.path();
    }
    ADD_FAILURE() << "no finding " << name;
    return "";
  }

  std::string folder_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_TESTING_HAMMER_FIXTURE_H_
