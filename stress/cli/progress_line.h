// Progress on standard error. On a terminal one live line that is drawn over and over; in a log a
// line every ten seconds and nothing else. Colour only on a terminal, and not with NO_COLOR
// (no-color.org).
//
// One thread.
#ifndef IPC_HAMMER_STRESS_CLI_PROGRESS_LINE_H_
#define IPC_HAMMER_STRESS_CLI_PROGRESS_LINE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace ipc_hammer {

enum class Colour : std::uint8_t { kRed, kGreen, kYellow };

// The text in that colour if standard output takes it, else the text.
std::string Paint(std::string_view text, Colour colour);

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // What is going on now.
  void Show(std::string_view line);
  // A line that stays, in any case.
  void Say(std::string_view line);
  // Before anything else is printed.
  void Clear();

 private:
  bool terminal_;
  bool drawn_ = false;
  std::int64_t next_ns_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_PROGRESS_LINE_H_
