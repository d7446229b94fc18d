#include "properties/census/leak_watch.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace ipc_hammer {
namespace {

QuickCensus OpenOrAbort(const CensusScope& scope) {
  auto quick = QuickCensus::Open(scope);
  if (quick) return *std::move(quick);
  fmt::print(stderr, "no census can be taken: {}\n", ToString(quick.error()));
  std::abort();
}

}  // namespace

LeakWatch::LeakWatch(const SandboxReport& sandbox)
    : scope_(ScopeOf(sandbox)),
      quick_(OpenOrAbort(scope_)),
      at_start_(TakeCensus(scope_)),
      counts_at_start_(quick_.Take()) {}

std::optional<std::string> LeakWatch::Leaked() {
  const QuickCounts counts = quick_.Take();
  if (counts == counts_at_start_ && ++runs_ % kFullEvery != 0) return std::nullopt;
  const CensusDifference difference = Compare(at_start_, TakeCensus(scope_));
  if (!difference.clean()) return ToString(difference);
  // The quick census counts more than the full one names, such as an orphan that init was about to
  // reap: a difference that does not last, or nobody's fault.
  counts_at_start_ = quick_.Take();
  return std::nullopt;
}

}  // namespace ipc_hammer
