#include "properties/program/payload.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ipc_hammer {
namespace {

static_assert(std::endian::native == std::endian::little, "the header is written little-endian");

constexpr std::uint64_t kWeyl = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio: an odd, dense step

constexpr std::uint64_t Mix(std::uint64_t x) {  // the finalizer of splitmix64 (Vigna, 2015)
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr std::uint64_t Key(std::uint32_t run, MessageId id) {
  return Mix(Mix((std::uint64_t{run} << 32 | id.producer) + kWeyl) + id.sequence);
}

// The filler's word number `index`: cheap enough that verifying keeps up with any transport.
constexpr std::uint64_t Word(std::uint64_t key, std::uint64_t index) {
  const std::uint64_t w = key + index * kWeyl;
  return w ^ (w >> 29);
}

struct Header {
  std::uint32_t run;
  std::uint32_t check;
  std::uint32_t producer;
  std::uint32_t length;
  std::uint64_t sequence;
};
static_assert(sizeof(Header) == kPayloadHeaderBytes);

constexpr std::uint32_t Check(std::uint64_t key, std::uint32_t length) {
  return static_cast<std::uint32_t>(Mix(key ^ length) >> 32);
}

// Calls visit(bytes, expected word) for each run of at most 8 bytes that lies in one filler word;
// stops and returns false when visit does.
template <typename Bytes, typename Visit>
bool ForEachWord(Bytes bytes, std::uint64_t key, std::uint64_t offset, Visit visit) {
  std::uint64_t index = offset / 8;
  if (const std::size_t skip = offset % 8; skip != 0 && !bytes.empty()) {
    const std::size_t n = std::min(8 - skip, bytes.size());
    if (!visit(bytes.data(), Word(key, index) >> (8 * skip), n)) return false;
    bytes = bytes.subspan(n);
    ++index;
  }
  for (; bytes.size() >= 8; bytes = bytes.subspan(8), ++index) {
    if (!visit(bytes.data(), Word(key, index), std::size_t{8})) return false;
  }
  return bytes.empty() || visit(bytes.data(), Word(key, index), bytes.size());
}

void FillWords(std::span<std::byte> bytes, std::uint64_t key, std::uint64_t offset) {
  ForEachWord(bytes, key, offset, [](std::byte* at, std::uint64_t word, std::size_t n) {
    std::memcpy(at, &word, n);
    return true;
  });
}

bool MatchWords(std::span<const std::byte> bytes, std::uint64_t key, std::uint64_t offset) {
  return ForEachWord(bytes, key, offset,
                     [](const std::byte* at, std::uint64_t word, std::size_t n) {
                       return std::memcmp(at, &word, n) == 0;
                     });
}

Header MakeHeader(std::size_t size, std::uint32_t run, MessageId id, std::uint64_t key) {
  const auto length = static_cast<std::uint32_t>(size);
  return {run, Check(key, length), id.producer, length, id.sequence};
}

std::uint64_t StreamKey(std::uint32_t run, std::uint32_t sender) {
  return Key(run, {.producer = sender, .sequence = ~std::uint64_t{0}});
}

}  // namespace

void FillPayload(std::span<std::byte> payload, std::uint32_t run, MessageId id) {
  const std::uint64_t key = Key(run, id);
  if (payload.size() < kPayloadHeaderBytes) return FillWords(payload, key, 0);
  const Header header = MakeHeader(payload.size(), run, id, key);
  std::memcpy(payload.data(), &header, sizeof(header));
  FillWords(payload.subspan(sizeof(header)), key, 0);
}

bool Matches(std::span<const std::byte> payload, std::uint32_t run, MessageId id) {
  const std::uint64_t key = Key(run, id);
  if (payload.size() < kPayloadHeaderBytes) return MatchWords(payload, key, 0);
  const Header header = MakeHeader(payload.size(), run, id, key);
  return std::memcmp(payload.data(), &header, sizeof(header)) == 0 &&
         MatchWords(payload.subspan(sizeof(header)), key, 0);
}

std::optional<MessageId> Identify(std::span<const std::byte> payload, std::uint32_t run) {
  if (payload.size() < kPayloadHeaderBytes) return std::nullopt;
  Header header;
  std::memcpy(&header, payload.data(), sizeof(header));
  const MessageId id{header.producer, header.sequence};
  if (header.run != run || header.length != payload.size() ||
      header.check != Check(Key(run, id), header.length)) {
    return std::nullopt;
  }
  return id;
}

void FillStream(std::span<std::byte> bytes, std::uint32_t run, std::uint32_t sender,
                std::uint64_t offset) {
  FillWords(bytes, StreamKey(run, sender), offset);
}

bool MatchesStream(std::span<const std::byte> bytes, std::uint32_t run, std::uint32_t sender,
                   std::uint64_t offset) {
  return MatchWords(bytes, StreamKey(run, sender), offset);
}

}  // namespace ipc_hammer
