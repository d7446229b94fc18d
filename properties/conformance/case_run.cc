#include "properties/conformance/case_run.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "properties/conformance/bench.h"

namespace ipc_hammer {
namespace {

// One line for people; what is longer is in the log.
constexpr std::size_t kFailureBytesMax = 400;

// Written by the test's thread before the alarm is set, read by the signal handler.
char hang_report[256];

void ReportHang(int) {
  // No retry and no check: there is nobody left to tell.
  [[maybe_unused]] const ssize_t written = write(2, hang_report, strlen(hang_report));
  abort();
}

// Ends the process when it is not destroyed in time.
class HangGuard {
 public:
  explicit HangGuard(const std::string& report) {
    strncpy(hang_report, (report + "\n").c_str(), sizeof(hang_report) - 1);
    struct sigaction action = {};
    action.sa_handler = ReportHang;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, &before_);
    alarm(static_cast<unsigned>(CasePatience().count()));
  }
  ~HangGuard() {
    alarm(0);
    sigaction(SIGALRM, &before_, nullptr);
  }
  HangGuard(const HangGuard&) = delete;
  HangGuard& operator=(const HangGuard&) = delete;

 private:
  struct sigaction before_ = {};
};

std::string BaseName(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

// gtest explains itself in several indented lines.
std::string OnOneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
  }
  while (line.ends_with(' ')) line.pop_back();
  if (line.size() > kFailureBytesMax) line = line.substr(0, kFailureBytesMax) + " ...";
  return line;
}

std::string Where(const testing::TestPartResult& part) {
  if (part.file_name() == nullptr) return "";
  return BaseName(part.file_name()) + ":" + std::to_string(part.line_number()) + ": ";
}

void Add(const testing::TestPartResult& part, CaseReport& report) {
  const std::string text = Where(part) + part.message();
  if (part.skipped()) report.skipped = OnOneLine(part.message());
  if (!part.failed()) return;
  if (report.failure.empty()) report.failure = OnOneLine(text);
  report.log += text + "\n";
}

}  // namespace

void PlayCase(const ConformanceCase& conformance_case, const TransportKind& kind) {
  const HangGuard guard(HangReport(NameOf(conformance_case), kind.name));
  // A death by SIGPIPE is one case's business (it restores the default); the others go on.
  signal(SIGPIPE, SIG_IGN);
  conformance_case.body(kind);
}

CaseReport RunCase(const ConformanceCase& conformance_case, const TransportKind& kind) {
  // Both come from the environment, and would end the process at the first failure.
  GTEST_FLAG_SET(break_on_failure, false);
  GTEST_FLAG_SET(throw_on_failure, false);
  testing::TestPartResultArray parts;
  {
    using Reporter = testing::ScopedFakeTestPartResultReporter;
    const Reporter reporter(Reporter::INTERCEPT_ALL_THREADS, &parts);
    PlayCase(conformance_case, kind);
  }
  CaseReport report;
  for (int i = 0; i < parts.size(); ++i) Add(parts.GetTestPartResult(i), report);
  if (!report.failure.empty()) report.skipped.clear();
  return report;
}

std::string MachineRefuses(const TransportKind& kind) {
  const auto channel = kind.create(FreshName(), UsualOptions(kind.traits));
  if (channel) return "";
  const Errc code = channel.error().code;
  if (code != Errc::kNoSpace && code != Errc::kPermission) return "";
  return ToString(channel.error());
}

}  // namespace ipc_hammer
