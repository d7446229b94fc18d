#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {
namespace {

SandboxReport& Sandbox() {
  static SandboxReport report;
  return report;
}

}  // namespace

void SetTestSandbox(const SandboxReport& report) { Sandbox() = report; }

const SandboxReport& TestSandbox() { return Sandbox(); }

}  // namespace ipc_hammer
