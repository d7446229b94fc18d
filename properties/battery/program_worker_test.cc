// The worker and the search are judged by kinds that are broken on purpose.
#include "properties/battery/program_worker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "properties/battery/program_search.h"
#include "properties/testing/flawed_kind.h"
#include "properties/testing/sandbox_main.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {
namespace {

// Loopback that does something else as well whenever a channel is made.
TransportKind LoopbackThat(std::function<void(const Options&)> also) {
  TransportKind kind = Loopback();
  kind.create = [create = kind.create, also](const ChannelName& name, const Options& options) {
    also(options);
    return create(name, options);
  };
  return kind;
}

ProgramWorker WorkerFor(const TransportKind& kind,
                        std::chrono::milliseconds patience = ProgramWorker::kPatience) {
  const SandboxReport& sandbox = TestSandbox();
  return ProgramWorker(kind, {sandbox.name_prefix + "worker", sandbox.scratch_folder}, sandbox,
                       patience);
}

Program ProgramOf(const TransportKind& kind, std::uint32_t capacity = 4) {
  Program program;
  program.kind = kind.name;
  program.capacity_messages = capacity;
  program.message_size_bytes = 64;
  program.operations.resize(2);
  program.operations[1].action = Action::kReceive;
  program.operations[1].actor = 1;
  return program;
}

std::string RuleOf(const Verdict& verdict) {
  return verdict.violation ? std::string(ToString(verdict.violation->rule)) : "none";
}

TEST(ProgramWorker, FindsNothingWrongWithAGoodKind) {
  const TransportKind kind = Loopback();
  ProgramWorker worker = WorkerFor(kind);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Verdict verdict = worker.Run(RandomProgram(kind, seed, 50));
    ASSERT_EQ(RuleOf(verdict), "none") << verdict.violation->reason;
  }
}

TEST(ProgramWorker, SurvivesACrashAndSaysHowItEnded) {
  const TransportKind kind = LoopbackThat([](const Options& options) {
    if (options.capacity_messages == 1) abort();
  });
  ProgramWorker worker = WorkerFor(kind);
  EXPECT_EQ(RuleOf(worker.Run(ProgramOf(kind))), "none");
  const Verdict verdict = worker.Run(ProgramOf(kind, 1));
  ASSERT_EQ(RuleOf(verdict), "no-crash");
  EXPECT_NE(verdict.violation->reason.find("the process"), std::string::npos);
  EXPECT_EQ(RuleOf(worker.Run(ProgramOf(kind))), "none");
}

TEST(ProgramWorker, EndsAHang) {
  const TransportKind kind = LoopbackThat([](const Options& options) {
    while (options.capacity_messages == 1) pause();
  });
  ProgramWorker worker = WorkerFor(kind, std::chrono::milliseconds(500));
  EXPECT_EQ(RuleOf(worker.Run(ProgramOf(kind, 1))), "no-hang");
}

TEST(ProgramWorker, SeesALeakedDescriptorInTheProgramThatLeakedIt) {
  const TransportKind kind = LoopbackThat([](const Options& options) {
    if (options.capacity_messages == 1) static_cast<void>(open("/dev/null", O_RDONLY | O_CLOEXEC));
  });
  ProgramWorker worker = WorkerFor(kind);
  EXPECT_EQ(RuleOf(worker.Run(ProgramOf(kind))), "none");
  const Verdict verdict = worker.Run(ProgramOf(kind, 1));
  EXPECT_EQ(RuleOf(verdict), "no-leak");
  EXPECT_NE(verdict.census.find("/dev/null"), std::string::npos) << verdict.census;
  EXPECT_EQ(RuleOf(worker.Run(ProgramOf(kind))), "none");
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
TEST(ProgramWorker, SeesLostMemoryInTheProgramThatLostIt) {
  const TransportKind kind = LoopbackThat([](const Options& options) {
    // Volatile: the compiler may not leave it out. Many: one may still be referred to by a
    // register.
    int* volatile lost = nullptr;
    for (int i = 0; i < 100 && options.capacity_messages == 1; ++i) lost = new int(i);
    lost = nullptr;
    static_cast<void>(lost);
  });
  ProgramWorker worker = WorkerFor(kind);
  EXPECT_EQ(RuleOf(worker.Run(ProgramOf(kind))), "none");
  const Verdict verdict = worker.Run(ProgramOf(kind, 1));
  EXPECT_EQ(RuleOf(verdict), "no-leak");
  EXPECT_NE(verdict.log.find("LeakSanitizer"), std::string::npos) << verdict.log;
}
#endif
#endif

TEST(ProgramSearch, FindsAFlawAndShrinksToAFewOperationsThatStillShowIt) {
  for (const Flaw flaw : {Flaw::kDrop, Flaw::kFlipBit, Flaw::kNoEnd}) {
    const TransportKind kind = Flawed(Loopback(), flaw);
    ProgramWorker worker = WorkerFor(kind);
    SearchOptions options;
    options.seed = TestSeed();
    const SearchResult result = SearchForBrokenRule(kind, worker, options);
    ASSERT_TRUE(result.finding) << static_cast<int>(flaw) << "\n" << result.report;
    const Program& simplest = result.finding->program;
    // The flaws show at every seventh message.
    EXPECT_LE(simplest.operations.size(), 9U) << result.report;
    EXPECT_EQ(RuleOf(WorkerFor(kind).Run(simplest)), ToString(result.finding->violation.rule));
  }
}

}  // namespace
}  // namespace ipc_hammer
