#include "properties/census/census.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <compare>
#include <iterator>
#include <utility>

#include "properties/census/collect.h"

namespace ipc_hammer {
namespace {

constexpr std::array<std::string_view, kCensusKindCount> kNames = {
    "descriptor",
    "mapping",
    "thread",
    "child",
    "zombie",
    "process",
    "System V shared memory",
    "System V semaphore",
    "System V queue",
    "queue",
    "shared memory",
    "semaphore",
    "FIFO",
    "socket file",
    "file",
    "TCP port",
    "UDP port",
    "abstract socket",
};

std::weak_ordering Order(const CensusItem& a, const CensusItem& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  return a.identity <=> b.identity;
}

bool Before(const CensusItem& a, const CensusItem& b) { return Order(a, b) < 0; }

std::string Limits(const CensusScope& scope) {
  if (scope.isolated) return "";
  return fmt::format(
      "not isolated ({}): counted are names that begin with '{}', ports of this process, {}no "
      "System V ids",
      scope.reason, scope.name_prefix, scope.queue_folder.empty() ? "no queues, " : "");
}

std::string Describe(const CensusItem& item) {
  std::string text = fmt::format("{} {}", ToString(item.kind), item.identity);
  if (!item.state.empty()) text += ": " + item.state;
  if (!item.note.empty()) text += " (" + item.note + ")";
  return text;
}

std::string Line(const CensusChange& change) {
  switch (change.what) {
    case CensusChange::What::kAppeared:
      return "+1 " + Describe(change.item);
    case CensusChange::What::kVanished:
      return "-1 " + Describe(change.item);
    case CensusChange::What::kChanged:
      break;
  }
  return fmt::format("~  {} {}: {} -> {}", ToString(change.item.kind), change.item.identity,
                     change.state_before, change.item.state);
}

}  // namespace

std::string_view ToString(CensusKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

CensusScope ScopeOf(const SandboxReport& report) {
  return {report.isolated,     report.reason,
          report.name_prefix,  report.shared_memory_folder,
          report.queue_folder, report.scratch_folder};
}

int CensusDifference::Count(CensusChange::What what, CensusKind kind) const {
  return static_cast<int>(std::count_if(
      changes.begin(), changes.end(),
      [&](const CensusChange& change) { return change.what == what && change.item.kind == kind; }));
}

Census TakeCensus(const CensusScope& scope) {
  Census census;
  census.limits = Limits(scope);
  CollectThreads(census);
  CollectDescriptors("/proc/self", census);
  CollectMappings("/proc/self", census);
  CollectProcesses(scope, census);
  if (scope.isolated) CollectSysv(census);
  CollectQueues(scope, census);
  CollectSharedMemoryAndSemaphores(scope, census);
  CollectScratch(scope, census);
  CollectNetwork(scope, census);
  std::sort(census.items.begin(), census.items.end(), Before);
  return census;
}

Census TakeProcessCensus(pid_t pid) {
  Census census;
  const std::string process = fmt::format("/proc/{}", pid);
  CollectDescriptors(process, census);
  CollectMappings(process, census);
  std::sort(census.items.begin(), census.items.end(), Before);
  return census;
}

CensusDifference Compare(const Census& before, const Census& after) {
  CensusDifference difference;
  difference.limits = after.limits;
  std::ranges::copy(before.unknown, std::back_inserter(difference.unknown));
  std::ranges::copy(after.unknown, std::back_inserter(difference.unknown));
  auto old_item = before.items.begin();
  auto new_item = after.items.begin();
  while (old_item != before.items.end() || new_item != after.items.end()) {
    const std::weak_ordering order = old_item == before.items.end()  ? std::weak_ordering::greater
                                     : new_item == after.items.end() ? std::weak_ordering::less
                                                                     : Order(*old_item, *new_item);
    if (order < 0) {
      difference.changes.push_back({CensusChange::What::kVanished, *old_item++, ""});
    } else if (order > 0) {
      difference.changes.push_back({CensusChange::What::kAppeared, *new_item++, ""});
    } else {
      if (old_item->state != new_item->state) {
        difference.changes.push_back({CensusChange::What::kChanged, *new_item, old_item->state});
      }
      ++old_item;
      ++new_item;
    }
  }
  return difference;
}

std::string ToString(const CensusDifference& difference) {
  std::string text;
  for (const CensusChange& change : difference.changes) text += Line(change) + "\n";
  for (const std::string& unknown : difference.unknown) text += "?  not counted: " + unknown + "\n";
  if (!difference.limits.empty()) text += difference.limits + "\n";
  return text;
}

}  // namespace ipc_hammer
