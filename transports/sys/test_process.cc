#include "transports/sys/test_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ipc_hammer {

pid_t ForkChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  EXPECT_GT(child, 0);
  return child;
}

int WaitForExit(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1000;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::set<int> OpenDescriptors() {
  std::set<int> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    open.insert(std::stoi(entry.path().filename().string()));
  }
  // The one that listed the folder is among them and closed by now.
  std::erase_if(open, [](int fd) { return ::fcntl(fd, F_GETFD) < 0; });
  return open;
}

DescriptorLimit::DescriptorLimit(int spare) {
  getrlimit(RLIMIT_NOFILE, &before_);
  int free_fd = -1;
  for (int i = 0; i <= spare; ++i) {
    free_fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    fillers_.insert(free_fd);
  }
  const rlimit low{.rlim_cur = static_cast<rlim_t>(free_fd), .rlim_max = before_.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  for (const int fd : fillers_) ::close(fd);
}

DescriptorLimit::~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

ScratchFolder::ScratchFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  // A socket path has 107 characters, and the folder that a test runner gives can be longer.
  if (base == nullptr || std::string(base).size() > 60) base = "/tmp";
  path_ = std::string(base) + "/ipcXXXXXX";
  EXPECT_NE(::mkdtemp(path_.data()), nullptr);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void WaitUntilAsleep(const std::function<pid_t()>& started) {
  while (started() == 0) std::this_thread::yield();
  const std::string path = "/proc/" + std::to_string(started()) + "/stat";
  for (;;) {
    std::ifstream stat(path);
    std::string text;
    if (!std::getline(stat, text)) return;  // it has ended
    const std::size_t after_name = text.rfind(')');
    if (after_name != std::string::npos && text[after_name + 2] == 'S') return;
    std::this_thread::yield();
  }
}

}  // namespace ipc_hammer
