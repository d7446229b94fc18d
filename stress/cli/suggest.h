// The one line for a name that nobody knows, with the nearest that somebody does.
#ifndef IPC_HAMMER_STRESS_CLI_SUGGEST_H_
#define IPC_HAMMER_STRESS_CLI_SUGGEST_H_

#include <span>
#include <string>
#include <string_view>

namespace ipc_hammer {

// The known name that is at most a third of its letters away (insert, delete, change, swap of
// neighbours), or empty.
std::string_view Nearest(std::string_view name, std::span<const std::string> known);

// "unknown kind 'pip': did you mean 'pipe'?", or the whole list where nothing is near.
std::string UnknownName(std::string_view what, std::string_view name,
                        std::span<const std::string> known);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_SUGGEST_H_
