// Long sentences for people, in lines that a terminal shows whole.
#ifndef IPC_HAMMER_STRESS_CLI_WRAP_H_
#define IPC_HAMMER_STRESS_CLI_WRAP_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace ipc_hammer {

inline constexpr std::size_t kLineMax = 120;

// The text in lines of at most kLineMax characters, each with its newline, those after the first
// indented by so many spaces. A longer word has a line of its own.
std::string Wrapped(std::string_view text, std::size_t indent);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_WRAP_H_
