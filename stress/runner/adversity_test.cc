// Every adversity of a program reaches its actors, and none that the program does not have: a
// witness in each endpoint looks at what its process has to bear.
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/testing/sandbox_main.h"
#include "stress/runner/process_runner.h"
#include "stress/testing/pair_kind.h"

namespace ipc_hammer {

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {PairKind()};
  return kinds;
}

namespace {

// Shared by all processes of a run.
struct Seen {
  std::atomic<int> looks, interrupted, continued, wrong_clocks, processors, forks, late;
  std::atomic<int> rested;   // its processor was given away while it only computed
  std::atomic<int> limited;  // at a send: no further descriptor is to be had
  std::atomic<int> limited_drains;
};

Seen* the_seen = nullptr;
Seen& TheSeen() { return *the_seen; }

time_t TrueTime() {
  timespec now{};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec;
}

timespec Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now;
}

std::int64_t NanosecondsSince(const timespec& then) {
  const timespec now = Now();
  return std::int64_t{now.tv_sec - then.tv_sec} * 1'000'000'000 + now.tv_nsec - then.tv_nsec;
}

bool NoDescriptorIsLeft() {
  const int fd = dup(STDERR_FILENO);
  if (fd >= 0) close(fd);
  return fd < 0;
}

bool RestsWhileItComputes() {
  rusage before{}, after{};
  getrusage(RUSAGE_THREAD, &before);
  const timespec begin = Now();
  while (NanosecondsSince(begin) < 1'000'000) continue;
  getrusage(RUSAGE_THREAD, &after);
  return after.ru_nvcsw > before.ru_nvcsw;
}

void Look() {
  Seen& seen = TheSeen();
  ++seen.looks;
  struct sigaction on_continue{};
  on_continue.sa_handler = [](int) { ++TheSeen().continued; };
  on_continue.sa_flags = SA_RESTART;
  sigaction(SIGCONT, &on_continue, nullptr);
  const timespec a_while{0, 1'000'000};
  const timespec before = Now();
  if (ppoll(nullptr, 0, &a_while, nullptr) < 0 && errno == EINTR) ++seen.interrupted;
  if (NanosecondsSince(before) > 3'000'000) ++seen.late;
  if (RestsWhileItComputes()) ++seen.rested;
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  if (std::abs(wall.tv_sec - TrueTime()) > 1800) ++seen.wrong_clocks;
  cpu_set_t processors;
  sched_getaffinity(0, sizeof processors, &processors);
  seen.processors = CPU_COUNT(&processors);
}

class WitnessEndpoint : public Endpoint {
 public:
  explicit WitnessEndpoint(std::unique_ptr<Endpoint> inner) : inner_(std::move(inner)) {
    static const int once = pthread_atfork(nullptr, [] { ++TheSeen().forks; }, nullptr);
    EXPECT_EQ(once, 0);
  }
  Result<std::size_t> Send(std::span<const std::byte> payload, std::uint32_t priority,
                           Deadline deadline) override {
    if (NoDescriptorIsLeft()) ++TheSeen().limited;
    return inner_->Send(payload, priority, deadline);
  }
  Result<Received> Receive(std::span<std::byte> buffer, Deadline deadline) override {
    Look();
    if (NoDescriptorIsLeft()) ++TheSeen().limited_drains;
    return inner_->Receive(buffer, deadline);
  }
  Result<void> CloseDirection(Direction direction) override {
    return inner_->CloseDirection(direction);
  }

 private:
  std::unique_ptr<Endpoint> inner_;
};

class WitnessChannel : public Channel {
 public:
  explicit WitnessChannel(std::unique_ptr<Channel> inner) : inner_(std::move(inner)) {}
  Result<std::unique_ptr<Endpoint>> Attach(Role role, Deadline deadline) override {
    auto inner = inner_->Attach(role, deadline);
    if (!inner) return std::unexpected(inner.error());
    return std::make_unique<WitnessEndpoint>(*std::move(inner));
  }
  void Detach() override { inner_->Detach(); }
  Result<void> Unlink() override { return inner_->Unlink(); }

 private:
  std::unique_ptr<Channel> inner_;
};

TransportKind Witness() {
  TransportKind kind = PairKind();
  kind.create = [inner = kind.create](const ChannelName& name,
                                      const Options& options) -> Result<std::unique_ptr<Channel>> {
    auto channel = inner(name, options);
    if (!channel) return std::unexpected(channel.error());
    return std::make_unique<WitnessChannel>(*std::move(channel));
  };
  return kind;
}

class Adversity : public testing::TestWithParam<Mode> {
 protected:
  void SetUp() override {
    void* const memory =
        mmap(nullptr, sizeof(Seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    the_seen = new (memory) Seen();
  }
  void TearDown() override { munmap(the_seen, sizeof(Seen)); }

  void Run(const Adversities& adversities) {
    new (&TheSeen()) Seen();
    Program program{.kind = "pair", .seed = 7, .adversities = adversities, .operations = {}};
    program.operations = {
        {.action = Action::kSend,
         .actor = 0,
         .size_bytes = 64,
         .timeout_us = kTimeoutNever,
         .repeat = 199},
        {.action = Action::kSend, .actor = 0, .size_bytes = 64, .timeout_us = kTimeoutNever},
        {.action = Action::kDrain, .actor = 1, .timeout_us = kTimeoutNever}};
    ProcessOptions options;
    options.mode = GetParam();
    options.sandbox = TestSandbox();
    options.folder = TestSandbox().scratch_folder;
    const RunReport report = RunProcesses(Witness(), program, options);
    for (const Violation& violation : report.violations) ADD_FAILURE() << violation.reason;
    EXPECT_FALSE(report.refused) << report.refusal;
    EXPECT_EQ(report.messages, 200U) << report.log;
    EXPECT_GE(TheSeen().looks, 200);
  }
};

TEST_P(Adversity, NoneIsThereUnasked) {
  Run({});
  EXPECT_EQ(TheSeen().interrupted, 0);
  EXPECT_EQ(TheSeen().continued, 0);
  EXPECT_EQ(TheSeen().wrong_clocks, 0);
  EXPECT_EQ(TheSeen().forks, 0);
  EXPECT_EQ(TheSeen().limited, 0);
  EXPECT_EQ(TheSeen().rested, 0);
}

// Where each actor is a process, until its last operation or drain.
TEST_P(Adversity, DescriptorsAreFew) {
  Run({.descriptors = 3});
  EXPECT_EQ(TheSeen().limited, GetParam() == Mode::kThreads ? 0 : 199);
  EXPECT_EQ(TheSeen().limited_drains, 0);
}

TEST_P(Adversity, SignalsInterrupt) {
  Run({.signal_us = 500});
  EXPECT_GT(TheSeen().interrupted, 10);
  EXPECT_EQ(TheSeen().continued, 0);
}

TEST_P(Adversity, ProcessesAreStoppedAndGoOn) {
  Run({.stop_us = 5'000});
  EXPECT_GT(TheSeen().continued, 1);
}

TEST_P(Adversity, OneProcessorIsShared) {
  Run({.cpus = 1});
  EXPECT_EQ(TheSeen().processors, 1);
}

TEST_P(Adversity, TheWallClockIsSet) {
  Run({.clock_ahead_s = 3600});
  EXPECT_GT(TheSeen().wrong_clocks, 100);
  Run({.clock_back_s = 3600});
  EXPECT_GT(TheSeen().wrong_clocks, 100);
}

// Of 200 waits of a millisecond one in eight begins up to 50 ms later.
TEST_P(Adversity, CallsComeLater) {
  Run({.pause_us = 50'000});
  EXPECT_GT(TheSeen().late, 8);
}

#if !__has_feature(thread_sanitizer)  // it delivers a signal with the next call
TEST_P(Adversity, ActorsRestWhereverTheyAre) {
  Run({.rest_us = 300});
  EXPECT_GT(TheSeen().rested, 50);
  EXPECT_EQ(TheSeen().continued, 0);
}
#endif

// Where each actor is a process: a child has no part of what other threads share with the actor.
TEST_P(Adversity, ProcessesFork) {
  Run({.fork_us = 500});
  if (GetParam() == Mode::kThreads) {
    EXPECT_EQ(TheSeen().forks, 0);
  } else {
    EXPECT_GT(TheSeen().forks, 20);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Adversity, testing::Values(Mode::kThreads, Mode::kRelatives),
                         [](const auto& info) { return std::string(ToString(info.param)); });

}  // namespace
}  // namespace ipc_hammer
