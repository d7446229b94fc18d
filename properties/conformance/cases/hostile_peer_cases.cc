// Rule hostile-peer: what a peer can do to an object that it shares is an error, never a crash.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

// Memory without a name is sent to who may share it, and whoever has it can make it smaller unless
// it is sealed: then the first touch of the others is a SIGBUS (hyprwm/Hyprland#7518).
CONFORMANCE_CASE(HostilePeer, AFileThatPeersAreSentCannotBeMadeSmaller,
                 traits.mechanism == MechanismFamily::kSharedMemory &&
                     traits.persistence == Persistence::kProcess) {
  const std::set<int> before = OpenDescriptors();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (const int descriptor : Added(before, OpenDescriptors())) {
    struct stat status{};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) continue;
    ASSERT_NE(ftruncate(descriptor, 0), 0) << "descriptor " << descriptor;
  }
  EXPECT_EQ(bench.Works(), "ok");
}

}  // namespace
}  // namespace ipc_hammer
