// Every judge of the process runner fires on a kind that breaks its rule, and on the same kind
// unbroken none does.
#include "stress/runner/process_runner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "properties/hammered_kinds.h"
#include "properties/program/text.h"
#include "properties/testing/sandbox_main.h"
#include "stress/testing/pair_kind.h"
#include "transports/queue/posix_mq.h"

namespace ipc_hammer {

// What the strangers find by its name: always the unbroken kind.
const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {PosixMq()};
  return kinds;
}

namespace {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IPC_HAMMER_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define IPC_HAMMER_ASAN 1
#endif
#endif

constexpr std::string_view kHead =
    "ipc_hammer program 1\nkind pair\ncapacity 8\nmessage_size 256\nseed 7\n";

Program Parse(const std::string& body) {
  auto program = ParseProgram(std::string(kHead) + body);
  EXPECT_TRUE(program) << program.error();
  return *std::move(program);
}

// Two producers send 100 messages each to one consumer.
Program FanIn() {
  return Parse(
      "producers 2\nconsumers 1\np0 send 64 never times 100\np1 send 64 never times 100\n"
      "c0 drain never\n");
}

RunReport Execute(const TransportKind& kind, const Program& program, Mode mode,
                  bool keep_history = true) {
  ProcessOptions options;
  options.mode = mode;
  options.hang_after = std::chrono::seconds(2);
  options.keep_history = keep_history;
  options.sandbox = TestSandbox();
  options.folder = TestSandbox().scratch_folder;
  return RunProcesses(kind, program, options);
}

std::string Rules(const RunReport& report) {
  std::string text;
  for (const Violation& v : report.violations) {
    text += std::string(ToString(v.rule)) + ": " + v.reason + "\n";
  }
  return text + report.log;
}

bool Breaks(const RunReport& report, Rule rule) {
  return std::ranges::any_of(report.violations, [&](const Violation& v) { return v.rule == rule; });
}

class InMode : public testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, InMode, testing::Values(Mode::kThreads, Mode::kRelatives),
                         [](const auto& info) { return std::string(ToString(info.param)); });

TEST_P(InMode, AnUnbrokenKindBreaksNoRule) {
  const RunReport report = Execute(PairKind(), FanIn(), GetParam());
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
  EXPECT_FALSE(report.refused) << report.refusal;
  EXPECT_EQ(report.messages, 200U);
  EXPECT_EQ(report.bytes, 200U * 64);
  EXPECT_EQ(report.history.size(), 401U);  // and the end of file
}

TEST_P(InMode, AnUnbrokenKindIsJudgedWithoutItsWholeHistory) {
  const RunReport report = Execute(PairKind(), FanIn(), GetParam(), false);
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
  EXPECT_EQ(report.messages, 200U);
}

struct Judged {
  PairFlaw flaw;
  Rule rule;
  std::string_view name;
};

constexpr Judged kJudged[] = {
    {PairFlaw::kHang, Rule::kNoHang, "Hang"},
    {PairFlaw::kCrash, Rule::kNoCrash, "Crash"},
    {PairFlaw::kAbort, Rule::kNoCrash, "Abort"},
    {PairFlaw::kLose, Rule::kNoLoss, "Lose"},
    {PairFlaw::kDuplicate, Rule::kNoDuplicate, "Duplicate"},
    {PairFlaw::kTear, Rule::kIntegrity, "Tear"},
    {PairFlaw::kSwap, Rule::kOrder, "Swap"},
    {PairFlaw::kLeakDescriptor, Rule::kNoLeak, "LeakDescriptor"},
};

class Flawed : public testing::TestWithParam<std::tuple<Judged, Mode>> {};
INSTANTIATE_TEST_SUITE_P(Flaws, Flawed,
                         testing::Combine(testing::ValuesIn(kJudged),
                                          testing::Values(Mode::kThreads, Mode::kRelatives)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param).name) + "_" +
                                  std::string(ToString(std::get<1>(info.param)));
                         });

TEST_P(Flawed, IsFound) {
  const auto& [judged, mode] = GetParam();
  const RunReport report = Execute(PairKind(judged.flaw), FanIn(), mode);
  EXPECT_TRUE(Breaks(report, judged.rule)) << Rules(report);
}

// Both sides wait for what the other does not send.
Program WaitInVain() {
  return Parse("producers 1\nconsumers 1\np0 receive 0 for 400000us\nc0 receive 0 for 400000us\n");
}

TEST_P(InMode, WaitingInVainBreaksNoRule) {
  const RunReport report =
      Execute(PairKind(PairFlaw::kNone, Duplex::kYes), WaitInVain(), GetParam());
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
}

// Nobody is blocked where it should not be: the sender has no room, and the receiver has a deadline
// each time.
TEST_P(InMode, AskingForEverForWhatWasSentIsFound) {
  const Program program =
      Parse("producers 1\nconsumers 1\np0 send 64 never times 100\nc0 drain never\n");
  const RunReport report = Execute(PairKind(PairFlaw::kStall, Duplex::kYes), program, GetParam());
  EXPECT_TRUE(Breaks(report, Rule::kNoHang)) << Rules(report);
}

TEST_P(InMode, AReceiveBeyondItsDeadlineIsFound) {
  const RunReport report =
      Execute(PairKind(PairFlaw::kLate, Duplex::kYes), WaitInVain(), GetParam());
  EXPECT_TRUE(Breaks(report, Rule::kDeadline)) << Rules(report);
  EXPECT_NE(report.log.find("syscall"), std::string::npos) << report.log;
}

TEST_P(InMode, WaitingByLookingAgainIsFound) {
  const RunReport report =
      Execute(PairKind(PairFlaw::kSpin, Duplex::kYes), WaitInVain(), GetParam());
  EXPECT_TRUE(Breaks(report, Rule::kNoSpin)) << Rules(report);
}

TEST_P(InMode, SpinningWithoutADeadlineIsFound) {
  // Nothing is sent and nobody closes, so the program would end quietly, but for the processor.
  const Program program =
      Parse("producers 1\nconsumers 1\np0 receive 0 for 6000000us\nc0 receive 0 never\n");
  const RunReport report = Execute(PairKind(PairFlaw::kSpin, Duplex::kYes), program, GetParam());
  EXPECT_TRUE(Breaks(report, Rule::kNoSpin)) << Rules(report);
}

// The same by the ledgers, where no history is kept.
TEST_P(InMode, WhatIsDeliveredWronglyIsFoundWithoutAHistory) {
  for (const Judged& judged : kJudged) {
    if (judged.flaw != PairFlaw::kLose && judged.flaw != PairFlaw::kDuplicate &&
        judged.flaw != PairFlaw::kTear && judged.flaw != PairFlaw::kSwap) {
      continue;
    }
    const RunReport report = Execute(PairKind(judged.flaw), FanIn(), GetParam(), false);
    EXPECT_TRUE(Breaks(report, judged.rule)) << judged.name << '\n' << Rules(report);
  }
}

TEST_P(InMode, ADrainThatIsNotToldOfTheEndIsFound) {
  // A limit makes the drain wait in slices, so that it ends at all.
  const Program program =
      Parse("producers 1\nconsumers 1\np0 send 64 never times 5\nc0 drain for 5000000us\n");
  EXPECT_TRUE(Execute(PairKind(), program, GetParam()).violations.empty());
  const RunReport report = Execute(PairKind(PairFlaw::kNoEnd), program, GetParam());
  EXPECT_TRUE(Breaks(report, Rule::kClose)) << Rules(report);
}

TEST_P(InMode, AProgramThatWaitsForNothingEndsQuietly) {
  const Program program =
      Parse("producers 1\nconsumers 1\np0 receive 0 never\nc0 receive 0 never\n");
  const RunReport report = Execute(PairKind(PairFlaw::kNone, Duplex::kYes), program, GetParam());
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
  EXPECT_NE(report.log.find("nobody will do"), std::string::npos) << report.log;
}

TEST(ProcessRunner, StopEndsARunAtOnceAndLeavesNobody) {
  std::atomic<bool> stop = false;
  ProcessOptions options;
  options.mode = Mode::kRelatives;
  options.sandbox = TestSandbox();
  options.folder = TestSandbox().scratch_folder;
  options.stop = &stop;
  options.on_progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.running, 2U);
    stop = true;
  };
  const Program endless =
      Parse("producers 1\nconsumers 1\np0 send 64 never times 2000000000\nc0 drain never\n");
  const RunReport report = RunProcesses(PairKind(), endless, options);
  EXPECT_TRUE(report.stopped);
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
}

TEST(ProcessRunner, AKilledActorsLastOperationIsInTheHistory) {
  const Program program = Parse(
      "producers 1\nconsumers 1\np0 send 64 never times 5\np0 send 64 never fault kill@1\n"
      "c0 drain never\n");
  const RunReport report = Execute(PairKind(), program, Mode::kRelatives);
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
  EXPECT_EQ(report.messages, 5U);
  EXPECT_TRUE(std::ranges::any_of(report.history, [](const Event& event) {
    return event.actor == 0 && event.operation_index == 1 &&
           event.outcome.state == Outcome::State::kPending;
  }));
}

TEST(ProcessRunner, AnActorIsKilledWhenTheProgramSaysSo) {
  const Program program = Parse(
      "producers 2\nconsumers 1\nc0 receive 0 never\nc0 kill p0 after 500us\n"
      "p0 send 64 never times 2000000000\np1 send 64 never times 50\nc0 drain never\n");
  const RunReport report = Execute(PairKind(), program, Mode::kRelatives, false);
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
  EXPECT_GE(report.messages, 50U);
}

// p0 dies in its second send. Its seed decides who creates the channel: 6 has p0 do it, 8 the
// runner.
Program KillSender(std::string_view seed) {
  auto program = ParseProgram(
      "ipc_hammer program 1\nkind posix_mq\ncapacity 4\nmessage_size 64\n"
      "producers 1\nconsumers 1\nseed " +
      std::string(seed) + "\np0 send 64 never\np0 send 64 never fault kill@1\nc0 drain never\n");
  EXPECT_TRUE(program) << program.error();
  return *std::move(program);
}

TEST(Killed, WhatPosixMqLeavesIsGoodForANewcomer) {
  for (const std::string_view seed : {"6", "7", "8"}) {
    const RunReport report = Execute(PosixMq(), KillSender(seed), Mode::kStrangers);
    EXPECT_TRUE(report.violations.empty()) << Rules(report);
    EXPECT_EQ(report.messages, 1U);
  }
}

TEST(Killed, AChannelThatANewcomerCannotOpenIsFound) {
  TransportKind kind = PosixMq();
  kind.open = [](const ChannelName&, Role, const Options&, Deadline deadline) {
    return Result<std::unique_ptr<Endpoint>>(
        Fail(deadline.expired(), "a lock that the dead holds"));
  };
  const RunReport report = Execute(kind, KillSender("8"), Mode::kStrangers);
  EXPECT_TRUE(Breaks(report, Rule::kSurviveKill)) << Rules(report);
}

TEST(Killed, ANameThatCannotBeTakenOverIsFound) {
  TransportKind kind = PosixMq();
  kind.create = [](const ChannelName&, const Options&) {
    return Result<std::unique_ptr<Channel>>(Fail(Errc::kExists, "mq_open"));
  };
  const RunReport report = Execute(kind, KillSender("6"), Mode::kStrangers);
  EXPECT_TRUE(Breaks(report, Rule::kRestart)) << Rules(report);
}

TEST(Killed, OldDataInANewChannelIsFound) {
  TransportKind kind = PosixMq();
  kind.create = [create = kind.create](const ChannelName& name, const Options& options) {
    auto channel = create(name, options);
    if (channel) {
      const std::byte old[1] = {};
      static_cast<void>((*channel)
                            ->Attach(Role::kProducer, Deadline::Now())
                            .value()
                            ->Send(old, 0, Deadline::Now()));
    }
    return channel;
  };
  const RunReport report = Execute(kind, KillSender("6"), Mode::kStrangers);
  EXPECT_TRUE(Breaks(report, Rule::kRestart)) << Rules(report);
}

TEST(Strangers, AnUnbrokenKindBreaksNoRule) {
  auto program = ParseProgram(
      "ipc_hammer program 1\nkind posix_mq\ncapacity 4\nmessage_size 64\nproducers 2\n"
      "consumers 2\nseed 8\np0 send 64 never times 50\np1 send 64 priority 1 never times 50\n"
      "c0 drain never\nc1 drain never\n");
  ASSERT_TRUE(program) << program.error();
  const RunReport report = Execute(PosixMq(), *program, Mode::kStrangers);
  EXPECT_TRUE(report.violations.empty()) << Rules(report);
  EXPECT_EQ(report.messages, 100U);
}

#ifdef IPC_HAMMER_TSAN
TEST(ProcessRunner, ARaceOfThreadsIsFound) {
  const RunReport report = Execute(PairKind(PairFlaw::kRace), FanIn(), Mode::kThreads);
  EXPECT_TRUE(Breaks(report, Rule::kNoRace)) << Rules(report);
}
#endif

#ifdef IPC_HAMMER_ASAN
TEST_P(InMode, LeakedMemoryIsFound) {
  const RunReport report = Execute(PairKind(PairFlaw::kLeakMemory), FanIn(), GetParam());
  EXPECT_TRUE(Breaks(report, Rule::kNoLeak)) << Rules(report);
}
#endif

}  // namespace
}  // namespace ipc_hammer
