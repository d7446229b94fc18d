// Bench: one channel of a kind with one producer and one consumer, all in this process, and the
// units that go through it: a message, a byte or a token, as the kind's shape is. A unit says which
// one it is (except for tokens), so that a case can tell what it received.
//
// Single-threaded, but for the endpoints, which keep their own rule.
#ifndef IPC_HAMMER_PROPERTIES_CONFORMANCE_BENCH_H_
#define IPC_HAMMER_PROPERTIES_CONFORMANCE_BENCH_H_

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/program/payload.h"
#include "transports/transport.h"

namespace ipc_hammer {

// Long enough for what has to happen, on any machine; a case that waits so long has failed.
inline Deadline Soon() { return Deadline::After(std::chrono::seconds(20)); }

// A name that no other case uses, in the scratch folder of this test process.
ChannelName FreshName();

// Options that every kind of these traits takes: the smallest of what is usual and what it can.
Options UsualOptions(const Traits& traits);
// A few small messages, where a case makes many channels.
Options SmallOptions(const Traits& traits);
Options WithCapacity(const Traits& traits, std::size_t capacity_messages);

// The bytes of one unit of `size_bytes`.
std::vector<std::byte> Bytes(std::size_t size_bytes, MessageId id);

// Whether a channel of the kind can be filled in a test's time, and then says so.
constexpr bool GetsFull(const Traits& traits) {
  return traits.exact_capacity || (traits.shape != Shape::kTokens && !traits.lossy);
}

// Sends one unit: a message of 64 bytes or what fits, the stream's byte number id.sequence, or a
// token. Success means that it was taken whole.
Result<void> SendUnit(Endpoint& from, const Traits& traits, const Options& options, MessageId id,
                      Deadline deadline = Deadline::Now());

// Receives one unit and compares every byte with what the unit's sender sent; kCorrupt if it
// differs. For messages the id is the received one's; else `expected`.
Result<MessageId> ReceiveUnit(Endpoint& to, const Traits& traits, const Options& options,
                              MessageId expected, Deadline deadline = Deadline::Now());

class Bench {
 public:
  explicit Bench(const TransportKind& kind) : Bench(kind, UsualOptions(kind.traits)) {}
  Bench(const TransportKind& kind, const Options& options);

  // False if the channel or an endpoint could not be made; error() says which and why.
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }

  // Both wait where an asynchronous kind owes room or a unit, even if the deadline is Now().
  // The next unit of the producer; the number is used up only by success.
  Result<void> Send(Deadline deadline = Deadline::Now());
  // The next unit expects to be the next one in order: kCorrupt if another arrives.
  Result<void> Receive(Deadline deadline = Deadline::Now());
  // Sends until would_block. Returns the number of units that were taken.
  Result<std::size_t> Fill();
  // Receives so many units, in as few calls as can be, and compares them as Receive() does.
  Result<void> Drain(std::size_t units);
  // Sends and receives `count` units, one at a time. The first error, as text.
  std::string Works(int count = 3);

  std::unique_ptr<Channel> channel;
  std::unique_ptr<Endpoint> producer;
  std::unique_ptr<Endpoint> consumer;
  const TransportKind& kind;
  const Options options;
  const ChannelName name;

 private:
  Result<void> Make();
  Deadline SendDeadline(Deadline asked) const;
  Deadline ReceiveDeadline(Deadline asked) const;

  std::string error_;
  // Made once: a child that is forked while another thread moves units inherits no allocator at
  // work. (AddressSanitizer 19 does not keep its quarantine's lock from being inherited.)
  std::vector<std::byte> unit_;
  std::vector<std::byte> buffer_;
  // One thread may send while another receives, and each looks at the other's.
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> received_ = 0;
};

// For EXPECT_*: "ok" or the error's code.
template <typename T>
std::string Said(const Result<T>& result) {
  return result ? "ok" : std::string(ToString(result.error().code));
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_CONFORMANCE_BENCH_H_
