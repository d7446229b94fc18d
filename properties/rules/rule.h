// Rule: one named requirement that a transport must meet. The list is closed; `hammer rules` prints
// it, findings and planted bugs name their rule from it.
#ifndef IPC_HAMMER_PROPERTIES_RULES_RULE_H_
#define IPC_HAMMER_PROPERTIES_RULES_RULE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ipc_hammer {

enum class Rule : std::uint8_t {
  kIntegrity,
  kNoLoss,
  kNoDuplicate,
  kNoInvention,
  kOrder,
  kBoundaries,
  kCapacity,
  kDeadline,
  kClose,
  kLimits,
  kInterrupted,
  kNoLeak,
  kPrivate,
  kSurviveKill,
  kStoppedPeer,
  kRestart,
  kHostilePeer,
  kForkExec,
  kTraits,
  kNoSpin,
  kNoHang,
  kNoCrash,
  kNoRace,
};

struct RuleInfo {
  Rule rule;
  std::string_view name;   // "no-loss"
  std::string_view holds;  // when the rule holds, one sentence
};

// All rules in the order of the enumeration.
std::span<const RuleInfo> AllRules();

std::string_view ToString(Rule rule);
std::optional<Rule> RuleFromString(std::string_view name);

// A broken rule and why: what a judge returns.
struct Violation {
  Rule rule;
  std::string reason;         // one sentence with the numbers that show it
  std::size_t event_index{};  // the event of the history at which it shows, or kNoEvent
  static constexpr std::size_t kNoEvent = ~std::size_t{0};
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_RULES_RULE_H_
