// Conformance cases: each is one sentence about a rule, and runs on every hammered kind whose
// traits call for it. A pair of case and kind that does not apply is not made, rather than skipped:
//
//   CONFORMANCE_CASE(Close, PeerCloseUnblocksReceive, traits.end_of_file != EndOfFile::kNever) {
//     Bench bench(kind);
//     ...
//   }
//
// makes the test `Close.PeerCloseUnblocksReceive/pipe` for the kind `pipe`. The body is a test body
// with `kind` in it; the condition sees `traits`. Registered before main, as TEST() is.
//
// A body that hangs ends the process after kCasePatience with one line that names the case: a
// blocked operation cannot be ended from outside in any other way.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_H_

#include <gtest/gtest.h>

#include <chrono>

#include "transports/transport.h"

namespace ipc_hammer {

struct ConformanceCase {
  const char* rule;
  const char* sentence;
  const char* file;
  int line;
  bool (*applies)(const Traits& traits);
  void (*body)(const TransportKind& kind);
};

// More than a loaded machine under ThreadSanitizer needs for the longest case.
inline constexpr std::chrono::seconds kCasePatience{60};

// Registers one test for each hammered kind to which the case applies.
bool RegisterCase(const ConformanceCase& conformance_case);

#define CONFORMANCE_CASE(rule, sentence, condition)                                               \
  static void Case##rule##sentence(const ::ipc_hammer::TransportKind& kind);                      \
  [[maybe_unused]] static const bool registered_##rule##_##sentence = ::ipc_hammer::RegisterCase( \
      {#rule, #sentence, __FILE__, __LINE__,                                                      \
       []([[maybe_unused]] const ::ipc_hammer::Traits& traits) -> bool { return condition; },     \
       Case##rule##sentence});                                                                    \
  static void Case##rule##sentence(const ::ipc_hammer::TransportKind& kind)

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_CASE_H_
