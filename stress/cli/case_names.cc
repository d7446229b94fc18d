#include "stress/cli/case_names.h"

#include <fnmatch.h>

#include "properties/conformance/case.h"
#include "stress/cli/suggest.h"

namespace ipc_hammer {

std::expected<std::vector<std::string>, std::string> CasesNamed(const std::string& pattern) {
  std::vector<std::string> known, matching;
  for (const ConformanceCase& conformance_case : AllCases()) {
    known.push_back(NameOf(conformance_case));
    const bool matches = fnmatch(pattern.c_str(), known.back().c_str(), 0) == 0;
    if (matches || pattern == "all") matching.push_back(known.back());
  }
  if (!matching.empty()) return matching;
  const std::string_view nearest = Nearest(pattern, known);
  if (!nearest.empty()) return std::unexpected(UnknownName("case", pattern, known));
  return std::unexpected("no case is called '" + pattern + "': see 'hammer cases'");
}

std::vector<std::string> CasesOf(const TransportKind& kind, const std::vector<std::string>& names) {
  std::vector<std::string> applying;
  for (const std::string& name : names) {
    const ConformanceCase* const conformance_case = FindCase(name);
    if (conformance_case != nullptr && conformance_case->applies(kind.traits)) {
      applying.push_back(name);
    }
  }
  return applying;
}

}  // namespace ipc_hammer
