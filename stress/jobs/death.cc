#include "stress/jobs/death.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "stress/jobs/supervised_process.h"

namespace ipc_hammer {
namespace {

struct Report {
  std::string_view mark;
  Rule rule;
};

// What the runtimes print, the most telling first.
constexpr std::array kReports = {
    Report{"WARNING: ThreadSanitizer: ", Rule::kNoRace},
    Report{"ERROR: AddressSanitizer: ", Rule::kNoCrash},
    Report{"runtime error: ", Rule::kNoCrash},
    Report{"ERROR: LeakSanitizer: ", Rule::kNoLeak},
    Report{"ERROR: libFuzzer: timeout", Rule::kNoHang},
    Report{"ERROR: libFuzzer: ", Rule::kNoCrash},
    Report{"Sanitizer: ", Rule::kNoCrash},
};

std::string LineAt(std::string_view text, std::size_t position) {
  const std::size_t before = text.rfind('\n', position);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return std::string(text.substr(begin, text.find('\n', position) - begin));
}

}  // namespace

Violation DeathViolation(int status, std::string_view printed, bool hung) {
  if (hung) return {Rule::kNoHang, "no progress until it was killed", Violation::kNoEvent};
  for (const Report& report : kReports) {
    const std::size_t position = printed.find(report.mark);
    if (position == std::string_view::npos) continue;
    return {report.rule, LineAt(printed, position), Violation::kNoEvent};
  }
  return {Rule::kNoCrash, "the process ended with " + DescribeStatus(status), Violation::kNoEvent};
}

}  // namespace ipc_hammer
