// The sandbox, seen from outside: each test runs sandbox_probe, as this user and as an ordinary
// one, isolated and with the isolation refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

constexpr uid_t kOrdinaryUid = 65534;
constexpr int kWatchdogMs = 60'000;  // a hang is a failure; nothing takes nearly as long
#if defined(__has_feature) && __has_feature(address_sanitizer)
constexpr bool kChecksLeaks = true;
#else
constexpr bool kChecksLeaks = false;
#endif

struct Setting {
  std::string name;
  bool ordinary_user;
  bool isolated;
};

// A running program and the pipe that it and all its descendants write to: the pipe's end of file
// says that the last of them is gone.
struct Running {
  pid_t pid = -1;
  int output = -1;
};

// By descriptor, since an ordinary user may not be able to walk to the path.
int ProgramToRun() {
  const char* path = std::getenv("SANDBOX_PROBE");
  return open(path == nullptr ? "sandbox_probe" : path, O_RDONLY | O_CLOEXEC);
}

[[noreturn]] void Exec(int program, int output, const Setting& setting,
                       const std::vector<std::string>& args) {
  if (setting.ordinary_user && setresgid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) != 0) _exit(97);
  if (setting.ordinary_user && setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) != 0) _exit(97);
  setpgid(0, 0);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  setenv("IPC_HAMMER_SANDBOX", setting.isolated ? "" : "refuse", 1);
  std::vector<char*> argv = {const_cast<char*>("sandbox_probe")};
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  fexecve(program, argv.data(), environ);
  _exit(98);
}

Running Launch(const Setting& setting, const std::vector<std::string>& args) {
  const int program = ProgramToRun();
  EXPECT_GE(program, 0) << "run with SANDBOX_PROBE=path/of/sandbox_probe";
  std::array<int, 2> ends = {-1, -1};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t pid = fork();
  if (pid == 0) Exec(program, ends[1], setting, args);
  close(ends[1]);
  close(program);
  return {pid, ends[0]};
}

// Reads to the end of file, or only the first line.
std::string Read(const Running& running, bool only_line) {
  std::string text;
  char buffer[512];
  for (;;) {
    pollfd ready = {running.output, POLLIN, 0};
    if (poll(&ready, 1, kWatchdogMs) != 1) {
      ADD_FAILURE() << "a process of the sandbox is still there; output: " << text;
      return text;
    }
    const ssize_t got = read(running.output, buffer, only_line ? 1 : sizeof buffer);
    if (got <= 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (only_line && text.back() == '\n') return text;
  }
}

struct Ended {
  int status = 0;
  std::string output;
  bool exited(int code) const { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
  bool died_of(int signal_number) const {
    return WIFSIGNALED(status) && WTERMSIG(status) == signal_number;
  }
};

Ended Finish(const Running& running) {
  Ended ended;
  ended.output = Read(running, /*only_line=*/false);
  close(running.output);
  EXPECT_EQ(waitpid(running.pid, &ended.status, 0), running.pid);
  return ended;
}

Ended RunProbe(const Setting& setting, const std::vector<std::string>& args) {
  return Finish(Launch(setting, args));
}

bool CanBecomeOrdinary() {
  const pid_t child = fork();
  if (child == 0) _exit(setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0 ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return geteuid() == 0 && status == 0;
}

// What another program says about this system.
bool SystemAllowsNamespaces() {
  return std::system(
             "unshare --user --map-root-user --mount --ipc --net --pid --fork --mount-proc "
             "true 2>/dev/null") == 0;
}

std::vector<Setting> Settings() {
  std::vector<Setting> settings = {{"refused", false, false}};
  const bool ordinary = CanBecomeOrdinary();
  if (ordinary) settings.push_back({"refused_ordinary_user", true, false});
  if (!SystemAllowsNamespaces()) return settings;
  settings.push_back({"isolated", false, true});
  if (ordinary) settings.push_back({"isolated_ordinary_user", true, true});
  return settings;
}

// Whether anything outside carries this tag.
std::string NamesOutside(const std::string& tag) {
  std::string found;
  std::error_code ignored;
  for (const char* folder : {"/dev/shm", "/dev/mqueue", "/tmp"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      if (entry.path().string().ends_with(tag)) found += entry.path().string() + " ";
    }
  }
  if (shmget(0x1bc4a3e7, 0, 0) >= 0) found += "System V shared memory ";
  if (mq_open(("/" + tag).c_str(), O_RDONLY) >= 0) found += "queue ";
  return found;
}

class SandboxTest : public testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(, SandboxTest, testing::ValuesIn(Settings()),
                         [](const auto& setting) { return setting.param.name; });

TEST_P(SandboxTest, SaysWhetherItIsolates) {
  const Ended ended = RunProbe(GetParam(), {"report"});
  EXPECT_TRUE(ended.exited(0));
  const char* expected =
      GetParam().isolated ? "sandbox: isolated; " : "sandbox: NOT isolated (refused on request); ";
  EXPECT_TRUE(ended.output.starts_with(expected)) << ended.output;
}

TEST_P(SandboxTest, CallerIsNotTheFirstProcess) {
  EXPECT_TRUE(RunProbe(GetParam(), {"pid"}).exited(0));
}

TEST_P(SandboxTest, ExitStatusPassesThrough) {
  for (const int code : {0, 1, 77, 255}) {
    EXPECT_TRUE(RunProbe(GetParam(), {"exit", std::to_string(code)}).exited(code)) << code;
  }
}

TEST_P(SandboxTest, DeathBySignalPassesThrough) {
  for (const int number : {SIGABRT, SIGKILL, SIGSEGV, SIGPIPE, SIGTERM, SIGINT, SIGHUP}) {
    EXPECT_TRUE(RunProbe(GetParam(), {"die", std::to_string(number)}).died_of(number)) << number;
  }
}

TEST_P(SandboxTest, NothingIsLeftAfterExit) {
  const std::string tag = "left" + std::to_string(getpid());
  const Ended ended = RunProbe(GetParam(), {"names", tag});
  EXPECT_TRUE(ended.exited(0)) << ended.output;
  EXPECT_EQ(NamesOutside(tag), "");
}

TEST_P(SandboxTest, NamesAreInvisibleOutsideExactlyWhenIsolated) {
  const std::string tag = "seen" + std::to_string(getpid());
  const Running running = Launch(GetParam(), {"hang", tag});
  EXPECT_EQ(Read(running, /*only_line=*/true), "hanging\n");
  EXPECT_EQ(NamesOutside(tag).empty(), GetParam().isolated);
  kill(running.pid, SIGTERM);
  EXPECT_TRUE(Finish(running).died_of(SIGTERM));
  EXPECT_EQ(NamesOutside(tag), "");
}

TEST_P(SandboxTest, SignalsToTheOuterProcessEndAllProcesses) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const Running running = Launch(GetParam(), {"hang", "s" + std::to_string(getpid())});
    EXPECT_EQ(Read(running, /*only_line=*/true), "hanging\n");
    kill(running.pid, number);
    EXPECT_TRUE(Finish(running).died_of(number)) << number;
  }
}

TEST_P(SandboxTest, SignalToTheWholeGroupEndsAllProcesses) {
  const Running running = Launch(GetParam(), {"hang", "g" + std::to_string(getpid())});
  EXPECT_EQ(Read(running, /*only_line=*/true), "hanging\n");
  kill(-running.pid, SIGINT);
  EXPECT_TRUE(Finish(running).died_of(SIGINT));
}

TEST_P(SandboxTest, KilledOuterProcessTakesTheInsideWithIt) {
  if (!GetParam().isolated) return;  // without a PID namespace nobody is left to do it
  const std::string tag = "killed" + std::to_string(getpid());
  const Running running = Launch(GetParam(), {"hang", tag});
  EXPECT_EQ(Read(running, /*only_line=*/true), "hanging\n");
  kill(running.pid, SIGKILL);
  EXPECT_TRUE(Finish(running).died_of(SIGKILL));
  EXPECT_EQ(NamesOutside(tag), "");
}

TEST_P(SandboxTest, CallerHandlesTheSignal) {
  const Running running = Launch(GetParam(), {"term"});
  EXPECT_EQ(Read(running, /*only_line=*/true), "hanging\n");
  kill(running.pid, SIGTERM);
  EXPECT_TRUE(Finish(running).exited(42));
}

TEST_P(SandboxTest, LoopbackWorks) { EXPECT_TRUE(RunProbe(GetParam(), {"loopback"}).exited(0)); }

TEST_P(SandboxTest, SharedMemoryCanBeLimitedWhenIsolated) {
  EXPECT_TRUE(RunProbe(GetParam(), {"full"}).exited(GetParam().isolated ? 0 : 11));
}

TEST_P(SandboxTest, SecondUserIsRefusedOrUnavailable) {
  if (!GetParam().isolated) return;  // it would leave its name outside the prefix
  const bool available = CanBecomeOrdinary() && !GetParam().ordinary_user;
  EXPECT_TRUE(RunProbe(GetParam(), {"second"}).exited(available ? 0 : 1));
}

TEST_P(SandboxTest, FileModesBindAnOrdinaryUser) {
  EXPECT_TRUE(RunProbe(GetParam(), {"zero"}).exited(0));
}

TEST_P(SandboxTest, ThreadsCanBeStarted) {
  EXPECT_TRUE(RunProbe(GetParam(), {"thread"}).exited(0));
}

TEST_P(SandboxTest, LeakCheckWorksInside) {
  const Ended ended = RunProbe(GetParam(), {"leak"});
  EXPECT_EQ(ended.exited(0), !kChecksLeaks) << ended.output;
  EXPECT_EQ(ended.output.find("LeakSanitizer: detected memory leaks") != std::string::npos,
            kChecksLeaks)
      << ended.output;
}

TEST_P(SandboxTest, Nests) {
  EXPECT_TRUE(RunProbe(GetParam(), {"nested"}).exited(GetParam().isolated ? 0 : 11));
}

TEST_P(SandboxTest, RefusesAfterAThreadWasStarted) {
  const Ended ended = RunProbe(GetParam(), {"late"});
  EXPECT_TRUE(ended.exited(0));
  EXPECT_EQ(ended.output.find("after a thread was started") != std::string::npos,
            GetParam().isolated)
      << ended.output;
}

}  // namespace
