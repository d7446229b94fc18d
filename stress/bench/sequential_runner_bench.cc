// What the sequential runner costs on top of the system calls that its programs make: the same
// sends and receives of 64 bytes, played and judged by the runner, and made directly.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <mqueue.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "properties/runner/sequential_runner.h"
#include "transports/pipe/pipe.h"
#include "transports/queue/posix_mq.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kMessageBytes = 64;
constexpr std::uint32_t kPairs = 200;  // send and receive, in turn

Program Pairs(const TransportKind& kind) {
  Program program;
  program.kind = kind.name;
  program.message_size_bytes = kMessageBytes;
  for (std::uint32_t i = 0; i < kPairs; ++i) {
    program.operations.push_back(
        {.action = Action::kSend, .actor = 0, .size_bytes = kMessageBytes});
    program.operations.push_back({.action = Action::kReceive, .actor = 1});
  }
  return program;
}

void Must(bool holds, const char* what) {
  if (holds) return;
  perror(what);
  std::abort();
}

void Runner(benchmark::State& state, const TransportKind& kind) {
  SequentialRunner runner(kind, {.text = "sequential_runner_bench"});
  const Program program = Pairs(kind);
  for (auto _ : state) Must(!runner.Run(program) && runner.refused() == 0, "run");
  state.SetItemsProcessed(state.iterations() * 2 * kPairs);
}

void PipeRunner(benchmark::State& state) { Runner(state, Pipe()); }
void PosixMqRunner(benchmark::State& state) { Runner(state, PosixMq()); }

void PipeDirect(benchmark::State& state) {
  std::array<char, kMessageBytes> buffer{};
  for (auto _ : state) {
    std::array<int, 2> ends{};
    Must(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0, "pipe2");
    for (std::uint32_t i = 0; i < kPairs; ++i) {
      Must(write(ends[1], buffer.data(), kMessageBytes) == kMessageBytes, "write");
      Must(read(ends[0], buffer.data(), kMessageBytes) == kMessageBytes, "read");
    }
    // The program's end: the runner looks once whether anything is left.
    Must(read(ends[0], buffer.data(), kMessageBytes) == -1, "read");
    close(ends[0]);
    close(ends[1]);
  }
  state.SetItemsProcessed(state.iterations() * 2 * kPairs);
}

void PosixMqDirect(benchmark::State& state) {
  constexpr const char* kName = "/sequential_runner_bench_direct";
  std::array<char, kMessageBytes> buffer{};
  mq_attr attributes{};
  attributes.mq_maxmsg = 8;
  attributes.mq_msgsize = kMessageBytes;
  for (auto _ : state) {
    const mqd_t queue =
        mq_open(kName, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NONBLOCK, 0600, &attributes);
    Must(queue != -1, "mq_open");
    for (std::uint32_t i = 0; i < kPairs; ++i) {
      Must(mq_send(queue, buffer.data(), kMessageBytes, 0) == 0, "mq_send");
      Must(mq_receive(queue, buffer.data(), kMessageBytes, nullptr) == kMessageBytes, "mq_receive");
    }
    Must(mq_receive(queue, buffer.data(), kMessageBytes, nullptr) == -1, "mq_receive");
    mq_close(queue);
    mq_unlink(kName);
  }
  state.SetItemsProcessed(state.iterations() * 2 * kPairs);
}

BENCHMARK(PipeDirect);
BENCHMARK(PipeRunner);
BENCHMARK(PosixMqDirect);
BENCHMARK(PosixMqRunner);

}  // namespace
}  // namespace ipc_hammer
