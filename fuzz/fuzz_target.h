// A fuzz target's start: what every target does before libFuzzer begins.
//
// Under `bazel test` a target replays its corpus and its regressions, each input once, in the order
// of their names: no randomness, no fuzzing. Called in any other way it fuzzes from the same
// inputs, or does what its arguments say: inputs to run, -help=1, -minimize_crash=1 ... Arguments
// that libFuzzer knows win over the defaults made here. ipc_hammer_fuzz_test (fuzz_test.bzl)
// generates the LLVMFuzzerInitialize that calls EnterFuzzTarget.
//
// Sources: libFuzzer's documentation, https://llvm.org/docs/LibFuzzer.html.
#ifndef IPC_HAMMER_FUZZ_FUZZ_TARGET_H_
#define IPC_HAMMER_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "properties/sandbox/sandbox_report.h"

namespace ipc_hammer {

// What the build knows of a target. Paths are relative to the root of the repository.
struct FuzzTarget {
  const char* name = "";
  std::span<const char* const> corpus;
  std::span<const char* const> regressions;
  const char* dictionary = "";  // "": none
  std::size_t input_bytes_max = 4096;
};

// What the environment says: how and where the target was started.
struct FuzzSurroundings {
  bool replays = false;         // under `bazel test`
  std::string root;             // where the target's paths begin; ends with a slash or is empty
  std::string user_folder;      // what the user's paths are relative to; likewise
  std::string findings_folder;  // where libFuzzer leaves crashing inputs
  std::string grown_corpus;     // keeps inputs that reach something new; empty: nowhere
};

struct FuzzPlan {
  std::vector<std::string> arguments;  // for libFuzzer, the program's name first
  std::string notice;                  // one line for people
  bool possible = true;                // false: there is nothing to replay; `notice` says so
};

// Pure but for looking which of the paths exist.
FuzzPlan PlanFuzzing(const FuzzTarget& target, const FuzzSurroundings& surroundings,
                     std::span<const std::string> arguments);

// The body of LLVMFuzzerInitialize: enters the sandbox, says so, and replaces the arguments by the
// plan's. Exits with status 1 if there is nothing to replay. REQUIRES: called once, first thing, by
// the only thread.
int EnterFuzzTarget(const FuzzTarget& target, int* argc, char*** argv);

// What LLVMFuzzerTestOneInput returns. An execution is rejected if its input tested nothing,
// because it means nothing or because the machine refused what it needs: libFuzzer then keeps it
// out of the corpus. Counted, and told when the process ends by exit(): "3 of 4711 executions
// rejected".
enum class Execution { kTested, kRejected };
int Executed(Execution execution);

// The target that was entered, and its sandbox.
const std::string& FuzzTargetName();
const SandboxReport& FuzzSandbox();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_FUZZ_FUZZ_TARGET_H_
