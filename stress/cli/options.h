// The command line of the hammer: what the user asked for, as plain data, checked as far as it can
// be without touching a file or a kind.
#ifndef IPC_HAMMER_STRESS_CLI_OPTIONS_H_
#define IPC_HAMMER_STRESS_CLI_OPTIONS_H_

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

enum class Verb : std::uint8_t {
  kList,
  kRules,
  kScenarios,
  kAdversities,
  kCases,
  kRun,
  kCampaign,
  kReplay,
  kMinimise,
  kShow,
  kCensus,
  kTraits,
  kFaults,
};

inline constexpr char kAnyRule[] = "any";  // as the name of a rule

struct CommandLine {
  Verb verb = Verb::kList;
  bool json = false;                     // list, census, traits
  std::string kind;                      // run: a name or "all"; replay: empty unless given
  std::string scenario = "all";          // run
  std::string adversity = "all";         // run: a name, "all" or "none"
  std::string conformance_case = "all";  // run: a pattern
  std::string mode;                      // run: "all" where empty; replay: as recorded where empty
  std::uint64_t seed = 0;                // run, campaign; drawn where not given
  bool seed_given = false;
  double seconds = 0;
  std::uint64_t rounds = 0;
  std::string first;  // run: the rule whose first finding ends it, "any" rule, or empty
  ScenarioOptions scenario_options;
  std::string findings;     // a folder
  std::string report;       // run, campaign: the file for report.json; empty: none
  std::string fuzzers;      // campaign: the folder of the libFuzzer binaries; empty: none
  std::string path;         // replay, minimise, show
  std::uint64_t runs = 0;   // replay, minimise; 0: as the mode needs
  bool full = false;        // replay: the whole history
  bool in_process = false;  // replay: once, here, unsupervised
  bool watch = false;       // census: run the command first
  std::vector<std::string> kinds = {};    // traits, faults: names; empty: every kind
  std::vector<std::string> command = {};  // census --watch: what to run
};

// Why there is nothing to run: help was asked for (status 0, `text` for standard output) or the
// command line is wrong (status 2, `text` is one line for standard error).
struct Refusal {
  int status;
  std::string text;
};

std::expected<CommandLine, Refusal> ParseCommandLine(int argc, char** argv);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_OPTIONS_H_
