// Conformance cases: each is one sentence about a rule, and runs on every hammered kind whose
// traits call for it. A pair of case and kind that does not apply is not made, rather than skipped:
//
//   CONFORMANCE_CASE(Close, PeerCloseUnblocksReceive, traits.end_of_file != EndOfFile::kNever) {
//     Bench bench(kind);
//     ...
//   }
//
// is the case `Close.PeerCloseUnblocksReceive` of the rule `close`. The body is a gtest body with
// `kind` in it; the condition sees `traits`. Cases are listed before main, as TEST() is, and played
// twice: as tests (case_tests.cc), where this one is `Close.PeerCloseUnblocksReceive/pipe` for the
// kind `pipe`, and by the hammer (case_run.h).
//
// A body that hangs ends the process after CasePatience() with one line that names the case: a
// blocked operation cannot be ended from outside in any other way.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "properties/rules/rule.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct ConformanceCase {
  const char* suite;  // the rule's name in camel case: NoLeak
  const char* sentence;
  const char* file;
  int line;
  bool (*applies)(const Traits& traits);
  void (*body)(const TransportKind& kind);
  bool takes_long = false;  // seconds: when time is short it comes after the others
};

// All that the binary links, by name.
const std::vector<ConformanceCase>& AllCases();

std::string NameOf(const ConformanceCase& conformance_case);  // "Close.PeerCloseUnblocksReceive"
Rule RuleOf(const ConformanceCase& conformance_case);
const ConformanceCase* FindCase(std::string_view name);  // or nullptr

// More than a loaded machine under ThreadSanitizer needs for the longest case.
inline constexpr std::chrono::seconds kCasePatience{60};
// From 1 to 3600: other seconds, for who knows that a case will hang and does not want to wait.
inline constexpr char kCasePatienceVariable[] = "IPC_HAMMER_CASE_PATIENCE";
std::chrono::seconds CasePatience();

// For the body of a long case, each time it has come one step on: its patience begins anew.
void StillMoves();

// What the process prints when that is over, one line; then it aborts.
std::string HangReport(std::string_view case_name, std::string_view kind_name);

// Aborts if the suite is no rule. REQUIRES: before main.
bool ListCase(const ConformanceCase& conformance_case);

#define IPC_HAMMER_CASE(suite, sentence, condition, takes_long)                               \
  static void Case##suite##sentence(const ::ipc_hammer::TransportKind& kind);                 \
  [[maybe_unused]] static const bool listed_##suite##_##sentence = ::ipc_hammer::ListCase(    \
      {#suite, #sentence, __FILE__, __LINE__,                                                 \
       []([[maybe_unused]] const ::ipc_hammer::Traits& traits) -> bool { return condition; }, \
       Case##suite##sentence, takes_long});                                                   \
  static void Case##suite##sentence(const ::ipc_hammer::TransportKind& kind)

#define CONFORMANCE_CASE(suite, sentence, condition) \
  IPC_HAMMER_CASE(suite, sentence, condition, false)

// For those that go through every crash point, or measure.
#define LONG_CONFORMANCE_CASE(suite, sentence, condition) \
  IPC_HAMMER_CASE(suite, sentence, condition, true)

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_H_
