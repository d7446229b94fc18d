// FuzzerStatus: what a status line of libFuzzer says, for example
//   #4096	NEW    cov: 1311 ft: 4211 corp: 215/9834b lim: 4096 exec/s: 1365 rss: 60Mb L: 31/96
//   ...
// (llvm.org/docs/LibFuzzer.html, "Output").
#ifndef IPC_HAMMER_STRESS_JOBS_FUZZER_STATUS_H_
#define IPC_HAMMER_STRESS_JOBS_FUZZER_STATUS_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace ipc_hammer {

// What a fuzz target had reached at some time, as libFuzzer told it.
struct Reached {
  double seconds = 0;  // since the task was started
  std::uint64_t edges = 0;
  std::uint64_t features = 0;
  std::uint64_t corpus_inputs = 0;
  std::uint64_t corpus_bytes = 0;
};

// Edges, features and corpus of that line, with no time; none if it tells no coverage.
std::optional<Reached> ReachedIn(std::string_view line);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_JOBS_FUZZER_STATUS_H_
