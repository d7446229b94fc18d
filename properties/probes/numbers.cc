#include "properties/probes/numbers.h"

#include <algorithm>
#include <span>

namespace ipc_hammer {
namespace {

// More than the gaps of any experiment.
constexpr int kGapsMax = 8;

}  // namespace

Result<void> SendNumber(Endpoint& to, const Options& options, std::uint8_t number,
                        Deadline deadline, std::uint32_t priority) {
  const std::byte payload{number};
  const std::size_t size = std::min<std::size_t>(options.message_size_bytes, 1);
  const auto taken = to.Send(std::span(&payload, size), priority, deadline);
  if (!taken) return std::unexpected(taken.error());
  if (*taken != size) return Fail(Errc::kCorrupt, "Send took another size");
  return {};
}

NumberReceiver::NumberReceiver(Endpoint& from, const Options& options)
    : from_(from), buffer_(std::max<std::size_t>(options.message_size_bytes, 1)) {}

Result<std::uint8_t> NumberReceiver::Next(Deadline deadline) {
  while (received_.empty()) {
    const auto got = from_.Receive(buffer_, deadline);
    if (!got) return std::unexpected(got.error());
    if (got->source_ended) continue;
    if (got->size_bytes == 0) return 0;
    for (const std::byte byte : std::span(buffer_).first(got->size_bytes)) {
      received_.push_back(std::to_integer<std::uint8_t>(byte));
    }
  }
  const std::uint8_t number = received_.front();
  received_.pop_front();
  return number;
}

Result<std::uint8_t> NumberReceiver::NextAfterGaps(Deadline deadline) {
  auto number = Next(deadline);
  for (int gaps = 0; gaps < kGapsMax; ++gaps) {
    if (number || number.error().code != Errc::kPeerClosed) break;
    number = Next(deadline);
  }
  return number;
}

const char* UnitsOf(const Options& options) {
  return options.message_size_bytes == 0 ? "tokens" : "messages of 64 B";
}

Cell NotMade(const std::string& error) {
  const bool refused = error.starts_with("no_space") || error.starts_with("permission");
  return refused ? NotApplicable("no channel: " + error) : Failed("no channel: " + error);
}

}  // namespace ipc_hammer
