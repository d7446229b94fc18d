// shm_spsc beside a bare lock-free ring in one process: what names, checks, sleeping and surviving
// cost. The bare ring is what is left when all of them are taken away: two counters and a copy of
// 64 bytes that the compiler knows to be 64.
//
// OneThread: send and receive in turn, so neither ever waits. TwoThreads: one sends, one receives,
// as fast as they can; with fewer than two idle processors that measures the scheduler.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "transports/shared_memory/lock_free/shm_spsc.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kCapacity = 256;  // both rings fit into the first-level cache
constexpr std::size_t kMessageBytes = 64;
constexpr std::uint32_t kBatch = 1'000'000;  // messages for each measured run of two threads

using Message = std::array<std::byte, kMessageBytes>;

class BareRing {
 public:
  bool TrySend(const Message& message) {
    if (sender_.done == sender_.limit) {
      sender_.limit = received_.load(std::memory_order_acquire) + kCapacity;
      if (sender_.done == sender_.limit) return false;
    }
    std::memcpy(&slots_[sender_.done % kCapacity], &message, kMessageBytes);
    sent_.store(++sender_.done, std::memory_order_release);
    return true;
  }
  bool TryReceive(Message& message) {
    if (receiver_.done == receiver_.limit) {
      receiver_.limit = sent_.load(std::memory_order_acquire);
      if (receiver_.done == receiver_.limit) return false;
    }
    std::memcpy(&message, &slots_[receiver_.done % kCapacity], kMessageBytes);
    received_.store(++receiver_.done, std::memory_order_release);
    return true;
  }
  void Send(const Message& message) {
    while (!TrySend(message)) std::this_thread::yield();
  }
  void Receive(Message& message) {
    while (!TryReceive(message)) std::this_thread::yield();
  }

 private:
  struct alignas(64) Side {
    std::uint64_t done = 0;
    std::uint64_t limit = 0;
  };
  Side sender_;
  Side receiver_;
  alignas(64) std::atomic<std::uint64_t> sent_ = 0;
  alignas(64) std::atomic<std::uint64_t> received_ = 0;
  alignas(64) std::array<Message, kCapacity> slots_;
};

class ShmSpscRing {
 public:
  ShmSpscRing() {
    const std::string name = "ipc_hammer_bench." + std::to_string(getpid());
    channel_ = Must(ShmSpsc().create(
        {.text = name}, {.capacity_messages = kCapacity, .message_size_bytes = kMessageBytes}));
    consumer_ = Must(channel_->Attach(Role::kConsumer, Deadline::Now()));
    producer_ = Must(channel_->Attach(Role::kProducer, Deadline::Now()));
  }
  void Send(const Message& message) {
    if (!producer_->Send(message, 0, Deadline::Never())) std::abort();
  }
  void Receive(Message& message) {
    if (!consumer_->Receive(message, Deadline::Never())) std::abort();
  }

 private:
  template <typename T>
  static T Must(Result<T> result) {
    if (result) return *std::move(result);
    std::fprintf(stderr, "%s\n", ToString(result.error()).c_str());
    std::abort();
  }

  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Endpoint> consumer_;
  std::unique_ptr<Endpoint> producer_;
};

template <typename Ring>
void OneThread(benchmark::State& state) {
  const auto ring = std::make_unique<Ring>();
  Message message{};
  for (auto _ : state) {
    ring->Send(message);
    benchmark::ClobberMemory();
    ring->Receive(message);
    benchmark::DoNotOptimize(message);
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Ring>
void TwoThreads(benchmark::State& state) {
  const auto ring = std::make_unique<Ring>();
  for (auto _ : state) {
    std::thread sender([&ring] {
      Message message{};
      for (std::uint32_t i = 0; i < kBatch; ++i) {
        benchmark::DoNotOptimize(message);
        ring->Send(message);
      }
    });
    Message message{};
    for (std::uint32_t i = 0; i < kBatch; ++i) {
      ring->Receive(message);
      benchmark::DoNotOptimize(message);
    }
    sender.join();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}

BENCHMARK(OneThread<BareRing>);
BENCHMARK(OneThread<ShmSpscRing>);
BENCHMARK(TwoThreads<BareRing>)->UseRealTime();
BENCHMARK(TwoThreads<ShmSpscRing>)->UseRealTime();

}  // namespace
}  // namespace ipc_hammer
