#include "stress/process/thread_sight.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "transports/sys/file_descriptor.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kReadMax = 4096;

std::string ReadFile(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  std::string text(kReadMax, '\0');
  const ssize_t n = read(file.get(), text.data(), text.size());
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string FolderOf(pid_t pid, pid_t tid) { return fmt::format("/proc/{}/task/{}/", pid, tid); }

std::optional<std::int64_t> LeadingNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

// Field `index` of stat, counted from 0 behind the command's name, which may contain anything.
std::string StatField(const std::string& stat, int index) {
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos) return {};
  for (int i = 0; i <= index && at != std::string::npos; ++i) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return {};
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::optional<ThreadTimes> TimesBelow(const std::string& folder) {
  // Nanoseconds, where the kernel counts them; otherwise ticks.
  const std::string counted = ReadFile(folder + "schedstat");
  if (const auto cpu_ns = LeadingNumber(counted)) {
    const std::size_t space = counted.find(' ');
    const auto delay_ns = LeadingNumber(
        space == std::string::npos ? "" : std::string_view(counted).substr(space + 1));
    return ThreadTimes{*cpu_ns, delay_ns.value_or(0)};
  }
  constexpr int kUserTicks = 11, kSystemTicks = 12;
  const std::string stat = ReadFile(folder + "stat");
  const auto user = LeadingNumber(StatField(stat, kUserTicks));
  const auto system = LeadingNumber(StatField(stat, kSystemTicks));
  if (!user || !system) return std::nullopt;
  return ThreadTimes{(*user + *system) * (1'000'000'000 / sysconf(_SC_CLK_TCK)), 0};
}

}  // namespace

std::optional<ThreadTimes> TimesOf(pid_t pid, pid_t tid) { return TimesBelow(FolderOf(pid, tid)); }

std::optional<ThreadTimes> TimesOfThisThread() { return TimesBelow("/proc/thread-self/"); }

bool IsBlocked(pid_t pid, pid_t tid) {
  constexpr int kState = 0, kFlags = 6;
  constexpr std::int64_t kExiting = 4;  // PF_EXITING
  const std::string stat = ReadFile(FolderOf(pid, tid) + "stat");
  const std::string state = StatField(stat, kState);
  return (state == "S" || state == "D") &&
         (LeadingNumber(StatField(stat, kFlags)).value_or(0) & kExiting) == 0;
}

std::string DescribeThread(pid_t pid, pid_t tid) {
  const std::string folder = FolderOf(pid, tid);
  const std::string stat = ReadFile(folder + "stat");
  if (stat.empty()) return "gone";
  std::string text = fmt::format("state {}", StatField(stat, 0));
  for (const char* const name : {"syscall", "wchan", "stack"}) {
    std::string shown = ReadFile(folder + name);
    std::ranges::replace(shown, '\n', ' ');
    if (!shown.empty() && shown != "0") text += fmt::format("; {} {}", name, shown);
  }
  return text;
}

}  // namespace ipc_hammer
