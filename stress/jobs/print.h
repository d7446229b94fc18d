// Print: formatted output that neither throws nor stops when nobody reads it; stdio remembers the
// error (ferror) for whoever wants to know.
#ifndef IPC_HAMMER_STRESS_JOBS_PRINT_H_
#define IPC_HAMMER_STRESS_JOBS_PRINT_H_

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace ipc_hammer {

template <typename... T>
void Print(std::FILE* to, fmt::format_string<T...> format, T&&... arguments) {
  const std::string text = fmt::format(format, std::forward<T>(arguments)...);
  [[maybe_unused]] const std::size_t written = std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_PRINT_H_
