#include "stress/jobs/case_player.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "properties/conformance/case_run.h"

extern "C" __attribute__((weak)) int __lsan_do_recoverable_leak_check();

namespace ipc_hammer {
namespace {

constexpr std::size_t kPrintedBytesMax = std::size_t{1} << 16;

// A job's standard output and error are one file, which its children write as well.
class PrintedMeanwhile {
 public:
  PrintedMeanwhile() : begin_(End()) {}

  std::string Text() const {
    const off_t end = End();
    if (begin_ < 0 || end <= begin_) return "";
    std::string text(std::min(static_cast<std::size_t>(end - begin_), kPrintedBytesMax), '\0');
    const ssize_t count = pread(STDERR_FILENO, text.data(), text.size(), begin_);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

 private:
  static off_t End() {
    std::fflush(stdout);
    return lseek(STDERR_FILENO, 0, SEEK_CUR);
  }

  off_t begin_;
};

}  // namespace

PlayedCase CasePlayer::Play(const ConformanceCase& conformance_case, const TransportKind& kind) {
  const PrintedMeanwhile printed;
  const Census before = TakeCensus(scope_);
  CaseReport report = RunCase(conformance_case, kind);
  PlayedCase played = {.violation = std::nullopt,
                       .census = "",
                       .log = std::move(report.log),
                       .skipped = std::move(report.skipped)};
  if (!report.failure.empty()) {
    played.violation = {RuleOf(conformance_case), std::move(report.failure), Violation::kNoEvent};
  } else {
    played.violation = Judge(before, played);
  }
  if (played.violation) played.log += printed.Text();
  return played;
}

// Of a case that failed no more is asked: it may have been left in the middle.
std::optional<Violation> CasePlayer::Judge(const Census& before, PlayedCase& played) {
  const CensusDifference difference = Compare(before, TakeCensus(scope_));
  if (!difference.clean()) {
    played.census = ToString(difference);
    return Violation{Rule::kNoLeak,
                     "left behind: " + played.census.substr(0, played.census.find('\n')),
                     Violation::kNoEvent};
  }
  if (!LosesMemory()) return std::nullopt;
  return Violation{Rule::kNoLeak, "memory that nothing refers to was left behind",
                   Violation::kNoEvent};
}

bool CasePlayer::LosesMemory() {
  if (memory_is_lost_ || __lsan_do_recoverable_leak_check == nullptr) return false;
  memory_is_lost_ = __lsan_do_recoverable_leak_check() != 0;
  return memory_is_lost_;
}

}  // namespace ipc_hammer
