// Searches for a program that breaks a rule of a kind, and for the simplest such program:
// RapidCheck generates and shrinks, a ProgramWorker runs.
#ifndef IPC_HAMMER_PROPERTIES_BATTERY_PROGRAM_SEARCH_H_
#define IPC_HAMMER_PROPERTIES_BATTERY_PROGRAM_SEARCH_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "properties/battery/program_worker.h"
#include "properties/findings/finding.h"
#include "properties/generators/random_program.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct SearchOptions {
  std::string name;  // the property's, for what RapidCheck prints
  ProgramShape shape;
  int programs = 200;
  std::uint64_t seed = 0;
  // Each step of shrinking a hang waits for the hang.
  std::chrono::seconds shrinking_max{60};
};

struct SearchResult {
  std::optional<Finding> finding;  // of the simplest program that was found
  std::string report;              // RapidCheck's: how many programs, or the counterexample
  int tried = 0;
  int refused = 0;  // this machine's limits did not let the channel be made
};

// REQUIRES: the worker runs programs of that kind.
SearchResult SearchForBrokenRule(const TransportKind& kind, ProgramWorker& worker,
                                 const SearchOptions& options);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_BATTERY_PROGRAM_SEARCH_H_
