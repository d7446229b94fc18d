#include "fuzz/fuzz_target.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "properties/findings/finding.h"
#include "properties/sandbox/sandbox.h"
#include "transports/sys/tsan_options.h"

namespace ipc_hammer {
namespace {

struct Entered {
  std::string name;
  SandboxReport sandbox;
  std::vector<std::string> arguments;
  std::vector<char*> argv;
};

struct Executions {
  std::uint64_t all = 0;
  std::uint64_t rejected = 0;
};

Executions executions;

void TellRejected() {
  fmt::print(stderr, "{} of {} executions rejected\n", executions.rejected, executions.all);
}

// Never destroyed: libFuzzer uses the arguments until the process ends.
Entered& TheEntered() {
  static Entered& entered = *new Entered;
  return entered;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Bazel starts tests and `bazel run` in the runfiles; a binary that is started by hand has them
// beside it, or runs from the repository's root.
std::string FindRoot(const FuzzTarget& target, const std::string& program) {
  const auto inputs = target.corpus.empty() ? target.regressions : target.corpus;
  if (inputs.empty()) return "";
  for (const std::string& root : {std::string(), program + ".runfiles/ipc_hammer/",
                                  Environment("BUILD_WORKSPACE_DIRECTORY") + "/"}) {
    if (std::filesystem::exists(root + inputs.front())) return root;
  }
  return "";
}

FuzzSurroundings LookAround(const FuzzTarget& target, const std::string& program) {
  FuzzSurroundings around;
  // `bazel run` of a test looks like a test, and says besides where the user is.
  around.replays =
      !Environment("TEST_TARGET").empty() && Environment("BUILD_WORKING_DIRECTORY").empty();
  around.root = FindRoot(target, program);
  around.findings_folder = FindingsFolder();
  if (auto folder = Environment("BUILD_WORKING_DIRECTORY"); !folder.empty()) {
    around.user_folder = folder + "/";
  }
  if (auto folder = Environment("IPC_HAMMER_CORPUS"); !folder.empty()) {
    around.grown_corpus = folder + "/" + target.name;
  }
  return around;
}

// libFuzzer writes into folders, it does not make them.
void MakeFolders(const FuzzSurroundings& around) {
  for (const std::string& folder : {around.findings_folder, around.grown_corpus}) {
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) fmt::print(stderr, "cannot make {}: {}\n", folder, error.message());
  }
}

}  // namespace

int EnterFuzzTarget(const FuzzTarget& target, int* argc, char*** argv) {
  Entered& entered = TheEntered();
  entered.name = target.name;
  entered.sandbox = EnterSandbox();
  const std::vector<std::string> given(*argv, *argv + *argc);
  const FuzzSurroundings around = LookAround(target, given.empty() ? "" : given.front());
  FuzzPlan plan = PlanFuzzing(target, around, given);
  fmt::print(stderr, "{}\n{}: {}\n", ToString(entered.sandbox), target.name, plan.notice);
  if (!plan.possible) std::exit(1);
  MakeFolders(around);
  std::atexit(TellRejected);
  entered.arguments = std::move(plan.arguments);
  for (std::string& argument : entered.arguments) entered.argv.push_back(argument.data());
  *argc = static_cast<int>(entered.argv.size());
  entered.argv.push_back(nullptr);
  *argv = entered.argv.data();
  return 0;
}

int Executed(Execution execution) {
  ++executions.all;
  if (execution == Execution::kTested) return 0;
  ++executions.rejected;
  return -1;
}

const std::string& FuzzTargetName() { return TheEntered().name; }
const SandboxReport& FuzzSandbox() { return TheEntered().sandbox; }

}  // namespace ipc_hammer

// ThreadSanitizer by default reports a race and goes on: libFuzzer would then save whatever input
// fails later. And it lets no forked child start threads of its own, as libzmq does.
extern "C" const char* ipc_hammer_tsan_options_of_target() {
  return "halt_on_error=1:die_after_fork=0";
}
