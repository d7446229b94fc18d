// The rings in shared memory beside Boost.Interprocess's message_queue and a pipe: one-way cost in
// one thread, throughput from one process to another, and round trips between two processes.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "transports/framing/framed.h"
#include "transports/pipe/pipe.h"
#include "transports/shared_memory/lock_free/shm_mpmc.h"
#include "transports/shared_memory/lock_free/shm_spsc.h"
#include "transports/shared_memory/shm_posix.h"

namespace ipc_hammer {
namespace {

namespace bip = boost::interprocess;

constexpr std::size_t kCapacity = 64;
constexpr std::size_t kMessageBytes = 64;
constexpr std::uint32_t kBatch = 20'000;  // messages for each measured two-process run

using Buffer = std::array<std::byte, kMessageBytes>;

void Must(bool holds, const char* what) {
  if (holds) return;
  perror(what);
  std::abort();
}

// A one-way queue, whoever made it.
struct Queue {
  std::function<void(const Buffer&)> send;
  std::function<void(Buffer&)> receive;
  std::shared_ptr<void> keep;
};

Queue OfKind(const TransportKind& kind, const std::string& name) {
  struct Held {
    std::unique_ptr<Channel> channel;
    std::unique_ptr<Endpoint> producer, consumer;
  };
  auto held = std::make_shared<Held>();
  auto channel = kind.create({.text = name},
                             {.capacity_messages = kCapacity, .message_size_bytes = kMessageBytes});
  Must(channel.has_value(), "create");
  held->channel = *std::move(channel);
  auto consumer = held->channel->Attach(Role::kConsumer, Deadline::Now());
  auto producer = held->channel->Attach(Role::kProducer, Deadline::Now());
  Must(consumer && producer, "attach");
  held->consumer = *std::move(consumer);
  held->producer = *std::move(producer);
  Endpoint* out = held->producer.get();
  Endpoint* in = held->consumer.get();
  return {[out](const Buffer& b) { Must(out->Send(b, 0, Deadline::Never()).has_value(), "send"); },
          [in](Buffer& b) { Must(in->Receive(b, Deadline::Never()).has_value(), "receive"); },
          held};
}

Queue OfBoost(const std::string& name) {
  bip::message_queue::remove(name.c_str());
  std::shared_ptr<bip::message_queue> queue(
      new bip::message_queue(bip::create_only, name.c_str(), kCapacity, kMessageBytes),
      [name, owner = getpid()](bip::message_queue* q) {
        delete q;
        if (getpid() == owner) bip::message_queue::remove(name.c_str());
      });
  return {[q = queue.get()](const Buffer& b) { q->send(b.data(), b.size(), 0); },
          [q = queue.get()](Buffer& b) {
            bip::message_queue::size_type size = 0;
            unsigned priority = 0;
            q->receive(b.data(), b.size(), size, priority);
          },
          queue};
}

using MakeQueue = Queue (*)(const std::string& name);
Queue ShmPosixQueue(const std::string& name) { return OfKind(ShmPosix(), name); }
Queue ShmSpscQueue(const std::string& name) { return OfKind(ShmSpsc(), name); }
Queue ShmMpmcQueue(const std::string& name) { return OfKind(ShmMpmc(), name); }
Queue PipeQueue(const std::string& name) { return OfKind(Framed(Pipe()), name); }
Queue BoostQueue(const std::string& name) { return OfBoost(name); }

// Send and receive in turn, one thread: the cost without any waiting.
void OneWay(benchmark::State& state, MakeQueue make) {
  const Queue queue = make("ipc_hammer_bench_one_way");
  Buffer buffer{};
  for (auto _ : state) {
    queue.send(buffer);
    queue.receive(buffer);
  }
  state.SetItemsProcessed(state.iterations());
}

// Runs `child` in a forked process while `parent` runs here.
template <typename Parent, typename Child>
void Together(Parent parent, Child child) {
  const pid_t pid = fork();
  Must(pid >= 0, "fork");
  if (pid == 0) {
    child();
    _exit(0);
  }
  parent();
  int status = 0;
  Must(waitpid(pid, &status, 0) == pid && status == 0, "waitpid");
}

void Throughput(benchmark::State& state, MakeQueue make) {
  for (auto _ : state) {
    state.PauseTiming();
    const Queue queue = make("ipc_hammer_bench_throughput");
    state.ResumeTiming();
    Buffer out{}, in{};
    Together(
        [&] {
          for (std::uint32_t i = 0; i < kBatch; ++i) queue.receive(in);
        },
        [&] {
          for (std::uint32_t i = 0; i < kBatch; ++i) queue.send(out);
        });
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void RoundTrip(benchmark::State& state, MakeQueue make) {
  for (auto _ : state) {
    state.PauseTiming();
    const Queue there = make("ipc_hammer_bench_there");
    const Queue back = make("ipc_hammer_bench_back");
    state.ResumeTiming();
    Buffer buffer{};
    Together(
        [&] {
          for (std::uint32_t i = 0; i < kBatch; ++i) {
            there.send(buffer);
            back.receive(buffer);
          }
        },
        [&] {
          for (std::uint32_t i = 0; i < kBatch; ++i) {
            there.receive(buffer);
            back.send(buffer);
          }
        });
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

BENCHMARK_CAPTURE(OneWay, shm_posix, ShmPosixQueue);
BENCHMARK_CAPTURE(OneWay, shm_spsc, ShmSpscQueue);
BENCHMARK_CAPTURE(OneWay, shm_mpmc, ShmMpmcQueue);
BENCHMARK_CAPTURE(OneWay, boost_message_queue, BoostQueue);
BENCHMARK_CAPTURE(OneWay, pipe, PipeQueue);
BENCHMARK_CAPTURE(Throughput, shm_posix, ShmPosixQueue)->UseRealTime();
BENCHMARK_CAPTURE(Throughput, shm_spsc, ShmSpscQueue)->UseRealTime();
BENCHMARK_CAPTURE(Throughput, shm_mpmc, ShmMpmcQueue)->UseRealTime();
BENCHMARK_CAPTURE(Throughput, boost_message_queue, BoostQueue)->UseRealTime();
BENCHMARK_CAPTURE(Throughput, pipe, PipeQueue)->UseRealTime();
BENCHMARK_CAPTURE(RoundTrip, shm_posix, ShmPosixQueue)->UseRealTime();
BENCHMARK_CAPTURE(RoundTrip, shm_spsc, ShmSpscQueue)->UseRealTime();
BENCHMARK_CAPTURE(RoundTrip, shm_mpmc, ShmMpmcQueue)->UseRealTime();
BENCHMARK_CAPTURE(RoundTrip, boost_message_queue, BoostQueue)->UseRealTime();
BENCHMARK_CAPTURE(RoundTrip, pipe, PipeQueue)->UseRealTime();

}  // namespace
}  // namespace ipc_hammer
