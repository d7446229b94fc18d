// Finding: a broken rule with all that is needed to see it again, as a folder
//
//   findings/<kind>-<rule>-<short hash>/
//     program.txt   the program, replayable
//     input.bin     the same as fuzzer input (the raw bytes where a fuzz target found it)
//     history.txt   swim lanes of what happened, the broken rule marked
//     census.txt    what was left behind, if anything
//     log.txt       sanitizer report, hang report, anything else that was printed
//     meta.json     rule, reason, kind, mode, case, target, seed, build configuration, commit
//
// A conformance case is code: it has a name instead of a program, so that its folder holds neither
// program.txt nor input.bin nor history.txt. What failed, and
// where, is in log.txt.
//
// The hash is of kind, rule and program or case, so the same finding lands in the same folder.
#ifndef IPC_HAMMER_PROPERTIES_FINDINGS_FINDING_H_
#define IPC_HAMMER_PROPERTIES_FINDINGS_FINDING_H_

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "properties/history/history.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"

namespace ipc_hammer {

// How a program, or what else, was and is to be executed.
enum class Mode : std::uint8_t {
  kSequential,   // one thread plays all actors
  kThreads,      // one thread for each actor
  kRelatives,    // one forked process for each actor
  kStrangers,    // one exec'ed process for each actor, which knows only the channel's name
  kConformance,  // no program: a conformance case makes the actors that it needs
};
// "sequential", "threads", "relatives", "strangers", "conformance"
std::string_view ToString(Mode mode);
std::expected<Mode, std::string> ModeFromString(std::string_view text);

struct Finding {
  Program program;  // of a conformance case: the kind alone
  Mode mode = Mode::kSequential;
  Violation violation;
  std::string target;  // the fuzz target, empty for programs
  std::string scenario;
  // "Close.PeerCloseUnblocksReceive": kConformance has one, and no other.
  std::string case_name = {};
  std::vector<std::uint8_t> input;  // raw bytes; encoded from the program where empty
  History history;
  std::string census;
  std::string log;
};

// $IPC_HAMMER_FINDINGS, or "findings" below the folder in which the user called bazel or the tool
// ($BUILD_WORKING_DIRECTORY), or $TEST_UNDECLARED_OUTPUTS_DIR/findings under bazel test.
std::string FindingsFolder();

// Writes the folder and returns its path, or one line that says why it could not. Files appear
// whole: a full disk or a kill leaves no half-written finding behind.
std::expected<std::string, std::string> WriteFinding(const Finding& finding,
                                                     const std::string& folder);

// Reads program or case, mode, rule, reason, target and input back; history and texts are for
// people.
std::expected<Finding, std::string> ReadFinding(const std::string& path);

// The one line with which every failure ends: "replay: ci/repro findings/pipe-order-1a2b3c4d".
std::string ReplayLine(const std::string& path);

// What stands before the path in that line.
const std::string& ReplayLinePrefix();

// For a binary that hammers a kind from another workspace, which has no ci/repro: another command.
// Before main, once.
bool ReplayWith(std::string_view command);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_FINDINGS_FINDING_H_
