// Properties of the mutator: sizes, determinism, whole records, and that it reaches what it should.
#include "fuzz/mutator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "properties/program/codec.h"

namespace ipc_hammer {
namespace {

using Buffer = std::vector<std::uint8_t>;

std::size_t Untouched(std::uint8_t*, std::size_t size, std::size_t) { return size; }

TransportKind WideKind() {
  TransportKind kind;
  kind.name = "wide";
  kind.traits = {.producers_max = 4,
                 .consumers_max = 4,
                 .duplex = true,
                 .reopens_producer = true,
                 .reopens_consumer = true,
                 .message_size_max = 1 << 16,
                 .priorities = 8};
  return kind;
}

Buffer Mutate(const Buffer& parent, std::size_t room, std::uint32_t seed) {
  Buffer data = parent;
  data.resize(parent.size() + room, 0xee);
  data.resize(MutateProgram(data, parent.size(), seed, Untouched));
  return data;
}

RC_GTEST_PROP(Mutator, KeepsWithinItsBufferAndDecodes,
              (Buffer parent, std::uint16_t room, std::uint32_t seed)) {
  const std::size_t most = parent.size() + room % 600 + 1;
  const Buffer child = Mutate(parent, most - parent.size(), seed);
  RC_ASSERT(child.size() <= most);
  const TransportKind kind = WideKind();
  const Program program = Decode(child, kind);
  RC_ASSERT(Validate(program, kind.traits).has_value());
}

RC_GTEST_PROP(Mutator, IsDeterministic, (Buffer parent, std::uint32_t seed)) {
  RC_ASSERT(Mutate(parent, 64, seed) == Mutate(parent, 64, seed));
}

RC_GTEST_PROP(Mutator, ProducesWholeRecords, (Buffer parent, std::uint32_t seed)) {
  parent.resize(kHeaderBytes + parent.size() / kRecordBytes * kRecordBytes);
  RC_ASSERT((Mutate(parent, 64, seed).size() - kHeaderBytes) % kRecordBytes == 0U);
}

RC_GTEST_PROP(Mutator, ChangesFewRecords, (std::uint32_t seed)) {
  Buffer parent(kHeaderBytes + 64 * kRecordBytes);
  for (std::size_t i = 0; i < 64; ++i) {
    parent[kHeaderBytes + i * kRecordBytes + 2] = static_cast<std::uint8_t>(i);
  }
  const Buffer child = Mutate(parent, 1024, seed);
  const auto records = [](const Buffer& b) {
    std::multiset<Buffer> all;
    for (std::size_t at = kHeaderBytes; at + kRecordBytes <= b.size(); at += kRecordBytes) {
      all.emplace(b.begin() + static_cast<std::ptrdiff_t>(at),
                  b.begin() + static_cast<std::ptrdiff_t>(at + kRecordBytes));
    }
    return all;
  };
  const auto before = records(parent), after = records(child);
  Buffer unused;
  std::vector<Buffer> fresh;
  std::ranges::set_difference(after, before, std::back_inserter(fresh));
  RC_ASSERT(fresh.size() <= 3U * 16U);
}

// Nothing it can do is out of reach: over many seeds the number of records grows, shrinks and
// stays, and each byte of the header and of a record changes.
TEST(Mutator, ReachesEveryFieldAndSize) {
  const Buffer parent(kHeaderBytes + 8 * kRecordBytes, 0x11);
  std::set<std::size_t> sizes, header_bytes, record_bytes;
  for (std::uint32_t seed = 0; seed < 5000; ++seed) {
    const Buffer child = Mutate(parent, 256, seed);
    sizes.insert(child.size());
    if (child.size() != parent.size()) continue;
    for (std::size_t i = 0; i < child.size(); ++i) {
      if (child[i] == parent[i]) continue;
      if (i < kHeaderBytes) {
        header_bytes.insert(i);
      } else {
        record_bytes.insert(i % kRecordBytes);
      }
    }
  }
  EXPECT_TRUE(sizes.contains(parent.size() - kRecordBytes));
  EXPECT_TRUE(sizes.contains(parent.size() + kRecordBytes));
  EXPECT_EQ(header_bytes.size(), kHeaderBytes);
  EXPECT_EQ(record_bytes.size(), kRecordBytes);
}

TEST(Mutator, TheFallbackGetsItsShare) {
  static int calls = 0;
  const MutateBytes counting = [](std::uint8_t*, std::size_t size, std::size_t) {
    ++calls;
    return size;
  };
  Buffer data(200);
  for (std::uint32_t seed = 0; seed < 1000; ++seed) MutateProgram(data, 64, seed, counting);
  EXPECT_GT(calls, 50);
  EXPECT_LT(calls, 200);
}

RC_GTEST_PROP(Mutator, AChildConsistsOfItsParents,
              (Buffer first, Buffer second, std::uint16_t room, std::uint32_t seed)) {
  first.resize(kHeaderBytes + first.size() / kRecordBytes * kRecordBytes);
  second.resize(kHeaderBytes + second.size() / kRecordBytes * kRecordBytes);
  Buffer out(room % 400);
  const std::size_t size = CrossPrograms(first, second, out, seed);
  RC_ASSERT(size <= out.size());
  out.resize(size);
  for (std::size_t at = kHeaderBytes; at < size; at += kRecordBytes) {
    const auto is_in = [&](const Buffer& parent) {
      for (std::size_t p = kHeaderBytes; p < parent.size(); p += kRecordBytes) {
        if (std::memcmp(&parent[p], &out[at], kRecordBytes) == 0) return true;
      }
      return false;
    };
    RC_ASSERT(is_in(first) || is_in(second));
  }
}

TEST(Mutator, ChildrenHaveRecordsOfBothParents) {
  const Buffer first(kHeaderBytes + 16 * kRecordBytes, 1), second(kHeaderBytes + 128, 2);
  int mixed = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Buffer out(1024);
    out.resize(CrossPrograms(first, second, out, seed));
    const auto records = std::span(out).subspan(kHeaderBytes);
    mixed += std::ranges::count(records, 1) > 0 && std::ranges::count(records, 2) > 0 ? 1 : 0;
  }
  EXPECT_GT(mixed, 50);
}

}  // namespace
}  // namespace ipc_hammer
