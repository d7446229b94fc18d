#include "properties/rules/rule.h"

#include <array>

namespace ipc_hammer {
namespace {

constexpr std::array kRules = {
    RuleInfo{Rule::kIntegrity, "integrity", "every byte received is the byte that was sent"},
    RuleInfo{Rule::kNoLoss, "no-loss", "whatever send reported as sent is received"},
    RuleInfo{Rule::kNoDuplicate, "no-duplicate", "nothing is received twice"},
    RuleInfo{Rule::kNoInvention, "no-invention", "nothing is received that nobody sent"},
    RuleInfo{
        Rule::kOrder, "order",
        "per producer, and for one queue as a whole, the order of receiving is the declared one"},
    RuleInfo{Rule::kBoundaries, "boundaries",
             "one send is one receive, an empty message is no end of file, truncation is an error"},
    RuleInfo{Rule::kCapacity, "capacity",
             "would_block is said when full or empty and only then; the declared capacity is real"},
    RuleInfo{Rule::kDeadline, "deadline",
             "a call never times out early and never blocks past its deadline"},
    RuleInfo{Rule::kClose, "close",
             "queued data comes before end of file; sending to nobody is an error, never a death"},
    RuleInfo{Rule::kLimits, "limits",
             "too large, too many, no space: a clear error, and the channel works as before"},
    RuleInfo{Rule::kInterrupted, "interrupted",
             "EINTR, short reads and writes and spurious wake-ups change nothing"},
    RuleInfo{
        Rule::kNoLeak, "no-leak",
        "descriptors, mappings, threads, children and every named object: after equals before"},
    RuleInfo{Rule::kPrivate, "private",
             "objects carry exactly the requested mode under any umask; another uid is refused"},
    RuleInfo{Rule::kSurviveKill, "survive-kill",
             "after SIGKILL of any actor the others finish or get a clear error in time, nothing "
             "torn is delivered, at most the message in flight is lost"},
    RuleInfo{Rule::kStoppedPeer, "stopped-peer",
             "while an actor is stopped in the middle of a call the others keep their deadlines; "
             "when it goes on nothing is lost, doubled or asleep"},
    RuleInfo{Rule::kRestart, "restart",
             "a new process copes with every state that a dead one can leave behind"},
    RuleInfo{Rule::kHostilePeer, "hostile-peer",
             "whatever a peer writes: an error or a bounded message, no crash, hang or huge "
             "allocation"},
    RuleInfo{Rule::kForkExec, "fork-exec",
             "a forked child's exit destroys nothing of its parent's; an exec'ed child inherits "
             "nothing"},
    RuleInfo{Rule::kTraits, "traits", "what a kind declares is what the probes measure"},
    RuleInfo{Rule::kNoSpin, "no-spin", "a blocked actor uses no processor time"},
    RuleInfo{Rule::kNoHang, "no-hang", "every actor makes progress as long as its peers do"},
    RuleInfo{Rule::kNoCrash, "no-crash",
             "no actor dies by a signal or a sanitizer's report of a memory error"},
    RuleInfo{Rule::kNoRace, "no-race", "ThreadSanitizer reports nothing"},
};

constexpr bool InEnumerationOrder() {
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (static_cast<std::size_t>(kRules[i].rule) != i) return false;
  }
  return kRules.size() == static_cast<std::size_t>(Rule::kNoRace) + 1;
}
static_assert(InEnumerationOrder());

}  // namespace

std::span<const RuleInfo> AllRules() { return kRules; }

std::string_view ToString(Rule rule) { return kRules[static_cast<std::size_t>(rule)].name; }

std::optional<Rule> RuleFromString(std::string_view name) {
  for (const RuleInfo& info : kRules) {
    if (info.name == name) return info.rule;
  }
  return std::nullopt;
}

}  // namespace ipc_hammer
