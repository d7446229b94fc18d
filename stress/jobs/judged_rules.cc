#include "stress/jobs/judged_rules.h"

#include <algorithm>
#include <initializer_list>

#include "properties/checkers/ledger.h"

namespace ipc_hammer {
namespace {

#if defined(__has_feature)
constexpr bool kSeesRaces = __has_feature(thread_sanitizer);
#else
constexpr bool kSeesRaces = false;
#endif

RuleSet Of(std::initializer_list<Rule> rules) {
  RuleSet set;
  for (const Rule rule : rules) set.set(static_cast<std::size_t>(rule));
  return set;
}

// What every process is judged by at its end, whatever it did.
RuleSet OfAnyEnd() { return Of({Rule::kNoLeak, Rule::kNoHang, Rule::kNoCrash}); }

// Tokens have neither bytes nor an identity: only their number can be wrong.
RuleSet OfDelivery(const Traits& traits) {
  RuleSet rules = Of({Rule::kNoLoss, Rule::kNoInvention});
  if (traits.shape == Shape::kTokens) return rules;
  rules |= Of({Rule::kIntegrity, Rule::kNoDuplicate, Rule::kOrder});
  if (traits.shape == Shape::kMessages) rules |= Of({Rule::kBoundaries});
  return rules;
}

template <typename Predicate>
bool AnyFault(const Program& program, Predicate predicate) {
  return std::ranges::any_of(program.operations,
                             [&](const Operation& op) { return predicate(op.fault.kind); });
}

bool Interrupts(FaultKind fault) {
  return fault == FaultKind::kInterrupt || fault == FaultKind::kSpurious ||
         fault == FaultKind::kShort;
}

// What holds of a run even for kinds that a kill may leave stuck.
RuleSet OfBrokenChannel() {
  return Of({Rule::kIntegrity, Rule::kNoDuplicate, Rule::kNoInvention, Rule::kNoCrash});
}

}  // namespace

RuleSet RulesOfAnyProgram(const Traits& traits) {
  return OfAnyEnd() | OfDelivery(traits) | Of({Rule::kCapacity, Rule::kClose, Rule::kLimits});
}

RuleSet RulesOfProgram(const Program& program, const Traits& traits) {
  RuleSet rules = RulesOfAnyProgram(traits);
  if (AnyFault(program, Interrupts)) rules |= Of({Rule::kInterrupted});
  return rules;
}

RuleSet RulesOfRun(const Program& program, const Traits& traits, bool history_judged) {
  RuleSet rules =
      OfAnyEnd() | OfDelivery(traits) | Of({Rule::kDeadline, Rule::kNoSpin, Rule::kClose});
  if (history_judged) {
    rules |= Of({Rule::kCapacity});
    const bool interrupted = program.adversities.signal_us != 0 || AnyFault(program, Interrupts);
    if (interrupted) rules |= Of({Rule::kInterrupted});
  } else {
    rules &= ~Of({Rule::kBoundaries});
    if (!KeepsSequences(program, traits)) rules &= ~Of({Rule::kOrder});
  }
  if (!HasKills(program)) return rules;
  return traits.survives_kill ? rules | Of({Rule::kSurviveKill}) : rules & OfBrokenChannel();
}

RuleSet RulesOfThreads() { return kSeesRaces ? Of({Rule::kNoRace}) : RuleSet(); }

// Its actors are threads of one process, more often than not.
RuleSet RulesOfCase(Rule rule) { return OfAnyEnd() | RulesOfThreads() | Of({rule}); }

}  // namespace ipc_hammer
