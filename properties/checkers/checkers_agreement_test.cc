// The fast checkers against brute force, on small random histories: what they report is always
// wrong, and where they claim to be exact they report everything that is wrong.
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "properties/checkers/checkers.h"
#include "properties/checkers/reference/random_history.h"
#include "properties/checkers/reference/wing_gong.h"

namespace ipc_hammer {
namespace {

constexpr std::uint64_t kSeed = 20130827;

struct Tally {
  int legal = 0;
  int illegal = 0;
  int missed = 0;  // illegal, and passed by the fast checker
};

struct Setting {
  std::string name;
  RandomHistoryOptions options;
  int histories;
  bool exact;
  double missed_max;             // share of the illegal ones
  Order order = Order::kFifo;    // what the fast checker is told; brute force: as in `options`
  bool hide_identities = false;  // of every other message, from the fast checker only
};

Traits TraitsFor(const Setting& setting) {
  const RandomHistoryOptions& options = setting.options;
  Traits traits;
  traits.shape = options.queue.tokens ? Shape::kTokens : Shape::kMessages;
  traits.order = setting.order;
  traits.priorities = options.priorities;
  traits.exact_capacity = options.queue.capacity != ReferenceQueue::kUnbounded;
  return traits;
}

std::string Describe(const Program& program, const History& history,
                     const std::vector<Violation>& violations) {
  std::string text = SwimLanes(program, history, ~std::size_t{0});
  for (const Violation& v : violations)
    text.append(ToString(v.rule)).append(": ") += v.reason + '\n';
  return text;
}

void HideIdentities(History& history) {
  for (Event& event : history) {
    if (!event.outcome.identified || event.outcome.id.sequence % 2 != 0) continue;
    event.outcome.identified = false;
    event.outcome.size_bytes = 5;
  }
}

Tally Compare(const Setting& setting, Random& random) {
  const RandomHistoryOptions& options = setting.options;
  const Program program{.kind = "random",
                        .capacity_messages = static_cast<std::uint32_t>(options.queue.capacity),
                        .producers = options.producers,
                        .consumers = options.consumers + 1,
                        .operations = {}};
  const Traits traits = TraitsFor(setting);
  Tally tally;
  for (int i = 0; i < setting.histories; ++i) {
    History history = RandomHistory(options, random);
    const auto mutations = random() % 6;
    for (std::uint64_t m = 0; m < mutations; ++m) Mutate(history, random);
    const bool legal = IsLinearizable(options.queue, history);
    if (setting.hide_identities) HideIdentities(history);
    const auto violations = CheckHistory(program, traits, history,
                                         {.drained = options.queue.drained, .clocked = false});
    EXPECT_TRUE(legal || mutations != 0) << Describe(program, history, violations);
    ++(legal ? tally.legal : tally.illegal);
    const bool missed = !legal && violations.empty();
    if (missed) ++tally.missed;
    const bool wrong = (legal && !violations.empty()) || (setting.exact && missed);
    EXPECT_FALSE(wrong) << (legal ? "legal:\n" : "illegal:\n")
                        << Describe(program, history, violations);
    if (::testing::Test::HasFailure()) break;
  }
  return tally;
}

class Agreement : public ::testing::TestWithParam<Setting> {};

TEST_P(Agreement, WithWingAndGong) {
  const Setting& setting = GetParam();
  Random random(kSeed);
  std::cout << "seed " << kSeed << '\n';
  const Tally tally = Compare(setting, random);
  const int all = tally.legal + tally.illegal;
  std::cout << setting.name << ": " << all << " histories, " << tally.illegal << " illegal, "
            << tally.missed << " of them missed\n";
  EXPECT_GE(tally.legal * 5, all) << "too few legal histories to mean anything";
  EXPECT_GE(tally.illegal * 5, all) << "too few illegal histories to mean anything";
  EXPECT_LE(tally.missed, tally.illegal * setting.missed_max);
}

// Measured shares of illegal histories that are missed: bounded 3.9 %, priority 0.8 %, tokens 1.3
// %.
std::vector<Setting> Settings() {
  return {
      {"Fifo", {.queue = {}}, 20'000, true, 0},
      {"FifoDrained", {.queue = {.drained = true}, .operations = 8}, 15'000, true, 0},
      {"FifoPendingSends", {.queue = {}, .pending_sends = true}, 15'000, true, 0},
      {"FifoPending",
       {.queue = {.drained = true}, .pending_sends = true, .pending_receives = true},
       15'000,
       false,
       0.01},
      {"FifoBounded",
       {.queue = {.capacity = 2}, .producers = 3, .operations = 11, .pending_sends = true},
       15'000,
       false,
       0.06},
      {"Priority",
       {.queue = {.by_priority = true}, .priorities = 3, .pending_receives = true},
       15'000,
       false,
       0.02,
       Order::kPriority},
      {"Tokens", {.queue = {.capacity = 3, .tokens = true}}, 15'000, false, 0.03},
      // Only that nothing legal is reported: less is told to the fast checker than to brute force.
      {"PerProducer", {.queue = {.drained = true}}, 5'000, false, 1, Order::kPerProducer},
      {"PartlyAnonymous",
       {.queue = {.capacity = 2, .drained = true}, .pending_receives = true},
       5'000,
       false,
       1,
       Order::kFifo,
       true},
  };
}

INSTANTIATE_TEST_SUITE_P(Of, Agreement, ::testing::ValuesIn(Settings()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace ipc_hammer
