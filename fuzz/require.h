// Require: a property that a fuzz target states. A broken one ends the execution with abort(), so
// that libFuzzer keeps the input.
#ifndef IPC_HAMMER_FUZZ_REQUIRE_H_
#define IPC_HAMMER_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>

namespace ipc_hammer {

// `what` is the sentence that should be true.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_FUZZ_REQUIRE_H_
