// The sequential runner and the model, judged themselves: every flaw is found and named by the rule
// that it breaks, and the unflawed kind is left in peace.
#include "properties/runner/sequential_runner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "properties/generators/random_program.h"
#include "properties/program/text.h"
#include "properties/testing/flawed_kind.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {
namespace {

constexpr std::uint64_t kPrograms = 2'000;
const ChannelName kName = {.text = "sequential_runner_test"};

// The first violation among many random programs, and which program it was.
struct Found {
  std::optional<Violation> violation;
  std::string program;
};

Found Hammer(const TransportKind& kind) {
  SequentialRunner runner(kind, kName);
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const Program program = RandomProgram(kind, seed, 40);
    if (auto violation = runner.Run(program)) return {violation, ToText(program)};
  }
  return {};
}

TEST(SequentialRunner, LeavesTheReferenceInPeace) {
  const Found found = Hammer(Loopback());
  EXPECT_FALSE(found.violation) << found.violation->reason << "\n" << found.program;
}

class SequentialRunnerFinds : public testing::TestWithParam<FlawInfo> {};

TEST_P(SequentialRunnerFinds, TheRuleThatAFlawBreaks) {
  const Found found = Hammer(Flawed(Loopback(), GetParam().flaw));
  ASSERT_TRUE(found.violation);
  EXPECT_EQ(ToString(found.violation->rule), ToString(GetParam().breaks))
      << found.violation->reason << "\n"
      << found.program;
}

INSTANTIATE_TEST_SUITE_P(Flaws, SequentialRunnerFinds,
                         testing::ValuesIn(AllFlaws().begin(), AllFlaws().end()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SequentialRunner, WaitsOnceForWhatAnAsynchronousKindHasLost) {
  TransportKind kind = Flawed(Loopback(), Flaw::kDrop);  // every seventh message
  kind.traits.asynchronous = true;
  const Program program = {
      .kind = kind.name, .operations = {{.action = Action::kSend, .size_bytes = 16, .repeat = 7}}};
  SequentialRunner runner(kind, kName);
  const std::optional<Violation> violation = runner.Run(program);
  ASSERT_TRUE(violation);
  EXPECT_EQ(ToString(violation->rule), ToString(Rule::kNoLoss)) << violation->reason;
  EXPECT_EQ(runner.history().size(), 7U + 6U + 1U);
}

TEST(SequentialRunner, IsDeterministic) {
  const TransportKind kind = Loopback();
  SequentialRunner runner(kind, kName);
  const Program program = RandomProgram(kind, 7, 60);
  ASSERT_FALSE(runner.Run(program));
  const History first = runner.history();
  ASSERT_FALSE(runner.Run(program));
  ASSERT_EQ(runner.history().size(), first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(runner.history()[i].outcome, first[i].outcome) << i;
  }
}

}  // namespace
}  // namespace ipc_hammer
