#include "stress/cli/promised_rules.h"

#include "properties/conformance/case.h"
#include "properties/program/program.h"
#include "stress/runner/process_runner.h"

namespace ipc_hammer {

std::vector<Mode> ProcessModes(const TransportKind& kind) {
  std::vector<Mode> modes;
  for (const Mode mode : {Mode::kThreads, Mode::kRelatives, Mode::kStrangers}) {
    if (Reaches(kind.traits, mode)) modes.push_back(mode);
  }
  return modes;
}

RuleSet PromisedRules(const TransportKind& kind) {
  RuleSet rules = RulesOfAnyProgram(kind.traits);
  rules.set(static_cast<std::size_t>(Rule::kInterrupted));
  rules.set(static_cast<std::size_t>(Rule::kNoRace));
  Program killing;
  killing.operations = {{.action = Action::kKill}};
  for (const Mode mode : ProcessModes(kind)) {
    rules |= RulesOfRun({}, kind.traits, true);
    // A thread is not killed by itself.
    if (mode != Mode::kThreads) rules |= RulesOfRun(killing, kind.traits, true);
  }
  for (const ConformanceCase& conformance_case : AllCases()) {
    if (conformance_case.applies(kind.traits)) rules |= RulesOfCase(RuleOf(conformance_case));
  }
  return rules;
}

}  // namespace ipc_hammer
