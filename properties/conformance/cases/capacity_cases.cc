// Rule capacity: would_block is said when full or empty and only then; the declared capacity is the
// real one, and what is declared as the floor is there.
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"

namespace ipc_hammer {
namespace {

// Small ones, powers of two and their neighbours, as far as the kind goes.
std::vector<std::size_t> Capacities(const Traits& traits) {
  std::vector<std::size_t> capacities;
  for (const std::size_t capacity : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33}) {
    const std::size_t most = traits.capacity_messages_max;
    if (most == 0 || capacity <= most) capacities.push_back(capacity);
  }
  return capacities;
}

// How many of `count` units are accepted at once.
std::size_t Accepted(Bench& bench, std::size_t count) {
  std::size_t accepted = 0;
  while (accepted < count && bench.Send()) ++accepted;
  return accepted;
}

CONFORMANCE_CASE(Capacity, ExactlyTheDeclaredNumberIsAccepted, traits.exact_capacity) {
  for (const std::size_t capacity : Capacities(kind.traits)) {
    Bench bench(kind, WithCapacity(kind.traits, capacity));
    if (!bench.ok() && bench.error().starts_with("no_space")) continue;  // the machine's limit
    ASSERT_TRUE(bench.ok()) << bench.error();
    for (int round = 0; round < 3; ++round) {
      ASSERT_EQ(Accepted(bench, capacity), capacity) << "of " << capacity;
      ASSERT_EQ(Said(bench.Send()), "would_block") << "above " << capacity;
      for (std::size_t i = 0; i < capacity; ++i) ASSERT_EQ(Said(bench.Receive()), "ok");
      ASSERT_EQ(Said(bench.Receive()), "would_block") << "after all " << capacity;
    }
  }
}

CONFORMANCE_CASE(Capacity, EachReceiveMakesRoomForOneMore, traits.exact_capacity) {
  for (const std::size_t capacity : Capacities(kind.traits)) {
    Bench bench(kind, WithCapacity(kind.traits, capacity));
    if (!bench.ok() && bench.error().starts_with("no_space")) continue;  // the machine's limit
    ASSERT_TRUE(bench.ok()) << bench.error();
    ASSERT_EQ(Accepted(bench, capacity), capacity);
    // Often enough that an index passes the end of a ring several times.
    for (std::size_t i = 0; i < 4 * capacity + 5; ++i) {
      ASSERT_EQ(Said(bench.Receive()), "ok");
      ASSERT_EQ(Said(bench.Send()), "ok");
      ASSERT_EQ(Said(bench.Send()), "would_block") << "above " << capacity;
    }
  }
}

CONFORMANCE_CASE(Capacity, TheFloorIsAccepted,
                 traits.floor_messages > 0 || traits.floor_bytes > 0) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const bool stream = kind.traits.shape == Shape::kBytes;
  const std::size_t size = kind.traits.shape == Shape::kTokens ? 0
                           : stream                            ? 1
                                                               : bench.options.message_size_bytes;
  const std::size_t messages_max = kind.traits.floor_messages;
  const std::size_t bytes_max = kind.traits.floor_bytes;
  std::size_t messages = 0, bytes = 0;
  while ((messages_max == 0 || messages < messages_max) &&
         (bytes_max == 0 || bytes + size <= bytes_max) && messages < 100'000) {
    ASSERT_EQ(Said(bench.producer->Send(Bytes(size, {}), 0, Deadline::Now())), "ok")
        << "with " << messages << " messages and " << bytes << " bytes queued";
    messages += 1;
    bytes += size;
  }
}

CONFORMANCE_CASE(Capacity, AFullChannelRefusesAndDeliversWhatItHadTaken, GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (int round = 0; round < 2; ++round) {
    const auto filled = bench.Fill();
    ASSERT_EQ(Said(filled), "ok");
    ASSERT_GT(*filled, 0U);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(Said(bench.Send()), "would_block");
    ASSERT_EQ(Said(bench.Drain(*filled)), "ok");
    for (int i = 0; i < 3; ++i) ASSERT_EQ(Said(bench.Receive()), "would_block");
  }
}

CONFORMANCE_CASE(Capacity, AnEmptyChannelSaysSoAndOnlyThen, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Said(bench.Receive()), "would_block");
    ASSERT_EQ(Said(bench.Send()), "ok");
    EXPECT_EQ(Said(bench.Receive()), "ok");
  }
}

}  // namespace
}  // namespace ipc_hammer
