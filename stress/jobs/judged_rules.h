// Judged rules: which rules an execution that ended was held to, so that a report can say how much
// work stands behind "kept". A rule that an execution cannot break is not counted for it: without a
// kill nothing is said about survive-kill.
//
// Pure functions; any thread.
#ifndef IPC_HAMMER_STRESS_JOBS_JUDGED_RULES_H_
#define IPC_HAMMER_STRESS_JOBS_JUDGED_RULES_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "transports/traits.h"

namespace ipc_hammer {

inline constexpr std::size_t kRules = static_cast<std::size_t>(Rule::kNoRace) + 1;
using RuleSet = std::bitset<kRules>;
using RuleCounts = std::array<std::uint64_t, kRules>;  // executions that judged each

// Every program that the sequential runner plays, whatever is in it.
RuleSet RulesOfAnyProgram(const Traits& traits);

// The same with what this program adds: its faults.
RuleSet RulesOfProgram(const Program& program, const Traits& traits);

// A run of racing actors. `history_judged`: every event was kept and judged; otherwise the ledgers
// alone speak.
RuleSet RulesOfRun(const Program& program, const Traits& traits, bool history_judged);

// What is judged besides where the actors were threads: nothing without ThreadSanitizer.
RuleSet RulesOfThreads();

// A conformance case of that rule.
RuleSet RulesOfCase(Rule rule);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_JUDGED_RULES_H_
