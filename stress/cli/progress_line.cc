#include "stress/cli/progress_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "stress/jobs/print.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

constexpr std::int64_t kLogIntervalNs = 10'000'000'000;
constexpr std::int64_t kDrawIntervalNs = 200'000'000;
constexpr std::array<int, 3> kCodes = {31, 32, 33};  // in the order of Colour

// A live line that wraps could not be drawn over.
std::size_t Columns() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// A terminal that cannot move its cursor gets a log.
bool IsTerminal(int descriptor) {
  const char* term = std::getenv("TERM");
  return isatty(descriptor) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

bool TakesColour(int descriptor) {
  const char* refused = std::getenv("NO_COLOR");
  return IsTerminal(descriptor) && (refused == nullptr || *refused == '\0');
}

}  // namespace

std::string Paint(std::string_view text, Colour colour) {
  if (!TakesColour(STDOUT_FILENO)) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(colour)], text);
}

ProgressLine::ProgressLine() : terminal_(IsTerminal(STDERR_FILENO)) {
  next_ns_ = MonotonicNs() + (terminal_ ? 0 : kLogIntervalNs);
}

void ProgressLine::Show(std::string_view line) {
  const std::int64_t now = MonotonicNs();
  if (now < next_ns_) return;
  next_ns_ = now + (terminal_ ? kDrawIntervalNs : kLogIntervalNs);
  if (!terminal_) {
    Print(stderr, "{}\n", line);
    return;
  }
  Print(stderr, "\r\x1b[K{}", line.substr(0, Columns() - 1));
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::Say(std::string_view line) {
  Clear();
  Print(stderr, "{}\n", line);
}

void ProgressLine::Clear() {
  if (drawn_) Print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace ipc_hammer
