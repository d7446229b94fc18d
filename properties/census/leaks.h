// Leaks: one way to leave behind each kind of thing that a census counts, for its tests.
//
// A leak lasts until its undo function is called; names follow the sandbox's prefix.
#ifndef IPC_HAMMER_PROPERTIES_CENSUS_LEAKS_H_
#define IPC_HAMMER_PROPERTIES_CENSUS_LEAKS_H_

#include <functional>
#include <string>
#include <vector>

#include "properties/census/census.h"
#include "properties/sandbox/sandbox_report.h"

namespace ipc_hammer {

struct Leak {
  std::string name;                  // "leaked_queue"
  std::vector<CensusKind> expected;  // what the census has to show, once for each
  bool quick = true;                 // whether QuickCensus has to notice
  // Makes one more and returns what removes it again. A failed system call aborts.
  std::function<std::function<void()>()> make;
};

// Those that a census in this sandbox counts: un-isolated, without System V ids, orphans and, where
// no mqueue is mounted, queues.
std::vector<Leak> CountedLeaks(const SandboxReport& sandbox);

// Those that it does not.
std::vector<Leak> UncountedLeaks(const SandboxReport& sandbox);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CENSUS_LEAKS_H_
