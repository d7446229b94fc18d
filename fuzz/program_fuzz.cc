// Programs of the one kind that this binary hammers, from bytes: decoded, played by the sequential
// runner, judged by the model and by a census after each. A broken rule is stored as a finding, and
// then the execution ends by abort(), so that libFuzzer keeps the raw input as well.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "fuzz/fuzz_target.h"
#include "fuzz/mutator.h"
#include "fuzz/state_counters.h"
#include "properties/census/leak_watch.h"
#include "properties/findings/finding.h"
#include "properties/hammered_kinds.h"
#include "properties/history/violation_lanes.h"
#include "properties/program/codec.h"
#include "properties/program/program.h"
#include "properties/program/text.h"
#include "properties/runner/sequential_runner.h"

namespace ipc_hammer {
namespace {

// libFuzzer clears them before each execution and reads them after it.
__attribute__((section("__libfuzzer_extra_counters"),
               used)) volatile std::uint8_t state_counters[kStateCounters];

class ProgramFuzzer {
 public:
  ProgramFuzzer(const TransportKind& kind, const SandboxReport& sandbox)
      : kind_(kind),
        runner_(kind, {.text = sandbox.name_prefix + "fuzz", .folder = sandbox.scratch_folder}) {
    WarmUp();
    watch_.emplace(sandbox);
  }

  Execution Execute(std::span<const std::uint8_t> bytes) {
    DecodeInto(bytes, kind_, program_);
    // Every byte string is a program; one that is none would be played without a meaning.
    if (!Validate(program_, kind_.traits)) return Execution::kRejected;
    const std::size_t refused_before = runner_.refused();
    runs_ = true;
    const auto broken = runner_.Run(program_);
    runs_ = false;
    if (broken) Report(bytes, *broken, "");
    if (runner_.refused() != refused_before) {
      SayRefused();
      return Execution::kRejected;
    }
    if (const auto leaked = watch_->Leaked()) {
      Report(bytes, {Rule::kNoLeak, "the channel left something behind", Violation::kNoEvent},
             *leaked);
    }
    CountStates(program_, runner_.history(), state_counters);
    return Execution::kTested;
  }

  // After a sanitizer's report: the program that ran, and the call that will not return.
  void TellWhatRuns() {
    if (!std::exchange(runs_, false)) return;
    const Violation death = {Rule::kNoCrash, "the process died in this call", Violation::kNoEvent};
    fmt::print(stderr, "{}\n{}", ToText(program_),
               ViolationLanes(program_, runner_.history(), death));
  }

 private:
  // What is set up once (a thread-local, a lazily opened descriptor) is no leak: so the baseline is
  // taken after one run. What that run leaks, the next one leaks again.
  void WarmUp() {
    DecodeInto({}, kind_, program_);
    if (const auto violation = runner_.Run(program_)) Report({}, *violation, "");
    if (runner_.refused() != 0) SayRefused();
  }

  // Said once: the machine's limits are no broken rule, but a target that never gets a channel
  // must not look as if it had tested one.
  void SayRefused() {
    if (said_refused_) return;
    said_refused_ = true;
    fmt::print(stderr, "{}: the system refuses a channel, nothing is tested by such runs: {}\n",
               kind_.name, runner_.refusal());
  }

  [[noreturn]] void Report(std::span<const std::uint8_t> bytes, const Violation& violation,
                           const std::string& census) {
    const Finding finding{.program = program_,
                          .mode = Mode::kSequential,
                          .violation = violation,
                          .target = FuzzTargetName(),
                          .scenario = "",
                          .input = {bytes.begin(), bytes.end()},
                          .history = runner_.history(),
                          .census = census,
                          .log = ""};
    fmt::print(stderr, "rule {} is broken: {}\n{}\n{}{}", ToString(violation.rule),
               violation.reason, ToText(program_),
               ViolationLanes(program_, runner_.history(), violation), census);
    const auto path = WriteFinding(finding, FindingsFolder());
    fmt::print(stderr, "{}\n", path ? ReplayLine(*path) : "no finding written: " + path.error());
    std::abort();
  }

  TransportKind kind_;
  SequentialRunner runner_;
  Program program_;
  bool runs_ = false;
  bool said_refused_ = false;
  std::optional<LeakWatch> watch_;
};

// Null until it is warm: what dies in its making has no program to show.
ProgramFuzzer* made = nullptr;

// Lives until the process ends: libFuzzer leaves by _Exit after a crash.
ProgramFuzzer& TheFuzzer() {
  static auto& fuzzer = *(made = new ProgramFuzzer(HammeredKinds().front(), FuzzSandbox()));
  return fuzzer;
}

}  // namespace
}  // namespace ipc_hammer

extern "C" {

// The sanitizers print the last line of each report by it, and may be given another.
void __sanitizer_report_error_summary(const char* summary);
void __sanitizer_report_error_summary(const char* summary) {
  fmt::print(stderr, "{}\n", summary);
  if (ipc_hammer::made != nullptr) ipc_hammer::made->TellWhatRuns();
}

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return ipc_hammer::Executed(ipc_hammer::TheFuzzer().Execute({data, size}));
}

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                    unsigned seed);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                    unsigned seed) {
  return ipc_hammer::MutateProgram({data, size_max}, size, seed, LLVMFuzzerMutate);
}

std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                      const std::uint8_t* second, std::size_t second_size,
                                      std::uint8_t* out, std::size_t out_size, unsigned seed);
std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                      const std::uint8_t* second, std::size_t second_size,
                                      std::uint8_t* out, std::size_t out_size, unsigned seed) {
  return ipc_hammer::CrossPrograms({first, first_size}, {second, second_size}, {out, out_size},
                                   seed);
}

}  // extern "C"
