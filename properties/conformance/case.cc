#include "properties/conformance/case.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "properties/hammered_kinds.h"

namespace ipc_hammer {
namespace {

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
  explicit HangGuard(const std::string& name) {
    const std::string report = "no-hang: " + name + " did not end within " +
                               std::to_string(kCasePatience.count()) + " s\n";
    strncpy(hang_report, report.c_str(), sizeof(hang_report) - 1);
    struct sigaction action = {};
    action.sa_handler = ReportHang;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, &before_);
    alarm(static_cast<unsigned>(kCasePatience.count()));
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

class CaseTest : public testing::Test {
 public:
  CaseTest(const ConformanceCase& conformance_case, const TransportKind& kind, std::string name)
      : case_(conformance_case), kind_(kind), name_(std::move(name)) {}

  void TestBody() override {
    const HangGuard guard(name_);
    // A death by SIGPIPE is one case's business (it restores the default); the others go on.
    signal(SIGPIPE, SIG_IGN);
    case_.body(kind_);
  }

 private:
  const ConformanceCase case_;
  const TransportKind& kind_;
  const std::string name_;
};

}  // namespace

bool RegisterCase(const ConformanceCase& conformance_case) {
  for (const TransportKind& kind : HammeredKinds()) {
    if (!conformance_case.applies(kind.traits)) continue;
    const std::string name = std::string(conformance_case.sentence) + "/" + kind.name;
    testing::RegisterTest(
        conformance_case.rule, name.c_str(), nullptr, nullptr, conformance_case.file,
        conformance_case.line, [conformance_case, &kind, name]() -> testing::Test* {
          return new CaseTest(conformance_case, kind, conformance_case.rule + ("." + name));
        });
  }
  return true;
}

}  // namespace ipc_hammer
