// Flawed: a decorator from kind to kind that breaks one promise on purpose, a little and rarely. A
// judge that is worth its name finds each of them; the unflawed kind proves that it does not cry
// wolf. For tests of runners, models and checkers.
//
// Works on any message kind. The flaw's state belongs to the channel's endpoints in one process:
// use it with the sequential runner and with threads.
#ifndef IPC_HAMMER_PROPERTIES_TESTING_FLAWED_KIND_H_
#define IPC_HAMMER_PROPERTIES_TESTING_FLAWED_KIND_H_

#include <span>
#include <string_view>

#include "properties/rules/rule.h"
#include "transports/transport.h"

namespace ipc_hammer {

enum class Flaw : std::uint8_t {
  kDrop,            // every 7th send is reported as sent and forgotten
  kDuplicate,       // every 7th message is sent twice
  kFlipBit,         // one bit of every 7th message is wrong
  kTruncate,        // every 7th message loses its last byte
  kSwap,            // every 7th message is overtaken by the next one
  kResurrect,       // a send that was refused as full is delivered later all the same
  kFullTooEarly,    // every 7th send is refused as full
  kEmptyTooEarly,   // every 7th receive claims that nothing is there
  kTooLargeOk,      // a message above the limit is cut and accepted
  kSmallBufferOk,   // a buffer that is too small is accepted
  kEndBeforeData,   // every 7th receive claims an end of file
  kNoEnd,           // an end of file is reported as empty
  kSendAfterClose,  // a closed direction still accepts
  kOverrun,         // a receive writes one byte behind the buffer it was given
};
inline constexpr int kFlawCount = static_cast<int>(Flaw::kOverrun) + 1;

struct FlawInfo {
  Flaw flaw;
  std::string_view name;
  Rule breaks;  // the rule that a judge has to name
};
std::span<const FlawInfo> AllFlaws();

TransportKind Flawed(TransportKind kind, Flaw flaw);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_TESTING_FLAWED_KIND_H_
