// What does a receiver find of three sends?
#include <fmt/format.h>

#include <array>
#include <numeric>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

constexpr std::array<std::size_t, 3> kSizes = {5, 17, 2};
// A receive with less room than the first message: a stream gives a part, a message is refused.
constexpr std::size_t kLittleRoom = 3;

Cell MeasureEmptyOnes(Bench& bench, const Error& refusal) {
  for (int i = 0; i < 2; ++i) {
    const auto sent = bench.producer->Send({}, 0, Soon());
    if (!sent) return FailedAt("neither a message of 5 bytes nor one of none is taken", sent);
  }
  std::vector<std::byte> buffer(kLittleRoom);
  for (int i = 0; i < 2; ++i) {
    const auto got = bench.consumer->Receive(buffer, Soon());
    if (!got) return FailedAt("receive", got);
    if (got->size_bytes != 0) return Failed("a payload came where none was sent");
  }
  return Measured("tokens",
                  fmt::format("a send of 5 bytes is refused ({}), two of none came as two",
                              ToString(refusal.code)));
}

// The rest of a stream, of which `had` bytes have come.
Cell MeasureStream(Bench& bench, std::size_t had) {
  const std::size_t all = std::accumulate(kSizes.begin(), kSizes.end(), std::size_t{0});
  std::vector<std::byte> buffer(bench.options.message_size_bytes);
  std::size_t receives = 1;
  for (; had < all; ++receives) {
    const auto got = bench.consumer->Receive(buffer, Soon());
    if (!got) return FailedAt("receive", got);
    had += got->size_bytes;
  }
  return Measured("bytes", fmt::format("sends of 5, 17 and 2 bytes came in {} receives, the first "
                                       "of 3 bytes, as it had asked",
                                       receives));
}

Cell MeasureMessages(Bench& bench) {
  std::vector<std::byte> buffer(bench.options.message_size_bytes);
  std::array<std::size_t, kSizes.size()> sizes{};
  for (std::size_t& size : sizes) {
    const auto got = bench.consumer->Receive(buffer, Soon());
    if (!got) return FailedAt("receive", got);
    size = got->size_bytes;
  }
  const std::string seen =
      fmt::format("sends of 5, 17 and 2 bytes came as {}, {} and {}", sizes[0], sizes[1], sizes[2]);
  return Measured(sizes == kSizes ? "messages" : "torn", seen);
}

}  // namespace

Cell MeasureFraming(const TransportKind& kind) {
  Bench bench(kind);
  if (!bench.ok()) return NotMade(bench.error());
  for (const std::size_t size : kSizes) {
    const auto sent = bench.producer->Send(Bytes(size, {}), 0, Soon());
    if (!sent && size == kSizes.front()) return MeasureEmptyOnes(bench, sent.error());
    if (!sent) return FailedAt("send", sent);
  }
  std::vector<std::byte> little(kLittleRoom);
  const auto got = bench.consumer->Receive(little, Soon());
  if (got) return MeasureStream(bench, got->size_bytes);
  if (got.error().code != Errc::kTooLarge) return FailedAt("receive", got);
  return MeasureMessages(bench);
}

}  // namespace ipc_hammer
