// Makes a gtest test of every case for each hammered kind to which it applies.
#include <gtest/gtest.h>

#include <string>

#include "properties/conformance/case.h"
#include "properties/conformance/case_run.h"
#include "properties/hammered_kinds.h"
#include "properties/testing/sandbox_main.h"

namespace ipc_hammer {
namespace {

class CaseTest : public testing::Test {
 public:
  CaseTest(const ConformanceCase& conformance_case, const TransportKind& kind)
      : case_(conformance_case), kind_(kind) {}

  void TestBody() override { PlayCase(case_, kind_); }

 private:
  const ConformanceCase& case_;
  const TransportKind& kind_;
};

void RegisterTest(const ConformanceCase& conformance_case, const TransportKind& kind) {
  const std::string name = std::string(conformance_case.sentence) + "/" + kind.name;
  testing::RegisterTest(conformance_case.suite, name.c_str(), nullptr, nullptr,
                        conformance_case.file, conformance_case.line,
                        [&conformance_case, &kind]() -> testing::Test* {
                          return new CaseTest(conformance_case, kind);
                        });
}

}  // namespace

void RegisterTests() {
  for (const ConformanceCase& conformance_case : AllCases()) {
    for (const TransportKind& kind : HammeredKinds()) {
      if (conformance_case.applies(kind.traits)) RegisterTest(conformance_case, kind);
    }
  }
}

}  // namespace ipc_hammer
