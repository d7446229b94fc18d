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

#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {

// The seed for all randomness of this run.
std::uint64_t TestSeed();

// What main() does first. For test binaries that execute themselves again, as the process runner
// does: a library that is linked in may define it, and a result is then the exit status.
__attribute__((weak)) std::optional<int> RunInsteadOfTests(int argc, char** argv);

// Registers the tests that a linked library makes from data, before flags are read.
__attribute__((weak)) void RegisterTests();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_TESTING_SANDBOX_MAIN_H_
