// The sandbox that tests and conformance cases run in. Whoever enters it (a test's main(), a job of
// the hammer) says so once, before the first of them.
#ifndef IPC_HAMMER_PROPERTIES_TESTING_TEST_SANDBOX_H_
#define IPC_HAMMER_PROPERTIES_TESTING_TEST_SANDBOX_H_

#include "properties/sandbox/sandbox_report.h"

namespace ipc_hammer {

// REQUIRES: no other thread, and nobody has asked for it yet.
void SetTestSandbox(const SandboxReport& report);

const SandboxReport& TestSandbox();

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_TESTING_TEST_SANDBOX_H_
