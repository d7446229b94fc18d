// The short words in which a history is shown: what was called, what came back, how long it took.
#ifndef IPC_HAMMER_PROPERTIES_HISTORY_WORDS_H_
#define IPC_HAMMER_PROPERTIES_HISTORY_WORDS_H_

#include <cstdint>
#include <string>

#include "properties/history/history.h"

namespace ipc_hammer {

std::string CallText(const Program& program, const Event& event);  // "send 64B never"
// "ok p0#3 64B". A send that took all it was asked to does not repeat its size.
std::string OutcomeText(const Program& program, const Event& event);
std::string DurationText(std::int64_t ns);  // "12.5us"

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_HISTORY_WORDS_H_
