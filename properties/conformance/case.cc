#include "properties/conformance/case.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace ipc_hammer {
namespace {

constexpr long kPatienceSecondsMax = 3600;

// Filled before main, in the order of the linker; that order is nobody's business.
std::vector<ConformanceCase>& Cases() {
  static std::vector<ConformanceCase> cases;
  return cases;
}

// NoLeak -> no-leak.
std::string RuleName(std::string_view suite) {
  std::string name;
  for (const char c : suite) {
    if (std::isupper(c) != 0 && !name.empty()) name += '-';
    name += static_cast<char>(std::tolower(c));
  }
  return name;
}

}  // namespace

const std::vector<ConformanceCase>& AllCases() { return Cases(); }

std::string NameOf(const ConformanceCase& conformance_case) {
  return std::string(conformance_case.suite) + "." + conformance_case.sentence;
}

Rule RuleOf(const ConformanceCase& conformance_case) {
  const std::optional<Rule> rule = RuleFromString(RuleName(conformance_case.suite));
  if (rule) return *rule;
  std::fprintf(stderr, "%s:%d: the suite %s is no rule\n", conformance_case.file,
               conformance_case.line, conformance_case.suite);
  std::abort();
}

const ConformanceCase* FindCase(std::string_view name) {
  const auto found = std::ranges::find(Cases(), name, NameOf);
  return found == Cases().end() ? nullptr : &*found;
}

std::chrono::seconds CasePatience() {
  const char* text = std::getenv(kCasePatienceVariable);
  const long seconds = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  if (seconds < 1 || seconds > kPatienceSecondsMax) return kCasePatience;
  return std::chrono::seconds(seconds);
}

void StillMoves() { alarm(static_cast<unsigned>(CasePatience().count())); }

std::string HangReport(std::string_view case_name, std::string_view kind_name) {
  return "no-hang: " + std::string(case_name) + "/" + std::string(kind_name) +
         " did not end within " + std::to_string(CasePatience().count()) + " s";
}

bool ListCase(const ConformanceCase& conformance_case) {
  static_cast<void>(RuleOf(conformance_case));
  const auto at = std::ranges::upper_bound(Cases(), NameOf(conformance_case), {}, NameOf);
  Cases().insert(at, conformance_case);
  return true;
}

}  // namespace ipc_hammer
