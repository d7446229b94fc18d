// main() of every test of the project: links gtest to the sandbox.
//
// Before the first test it enters the sandbox, prints one line that says so and the seed, and takes
// a census; after the last one it takes another. What the tests left behind fails the run.
// RapidCheck and TestSeed() follow IPC_HAMMER_SEED; without it a seed is drawn and set.
// A seed in RC_PARAMS wins.
#ifndef IPC_HAMMER_PROPERTIES_TESTING_SANDBOX_MAIN_H_
#define IPC_HAMMER_PROPERTIES_TESTING_SANDBOX_MAIN_H_

#include <cstdint>
#include <optional>

#include "properties/sandbox/sandbox_report.h"

namespace ipc_hammer {

// The sandbox this test runs in.
const SandboxReport& TestSandbox();

// The seed for all randomness of this run.
std::uint64_t TestSeed();

// What main() does first. For test binaries that execute themselves again, as the process runner
// does: a library that is linked in may define it, and a result is then the exit status.
__attribute__((weak)) std::optional<int> RunInsteadOfTests(int argc, char** argv);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_TESTING_SANDBOX_MAIN_H_
