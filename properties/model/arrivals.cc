#include "properties/model/arrivals.h"

#include "properties/program/payload.h"

namespace ipc_hammer {

void Arrivals::Sent(const QueuedMessage& message) {
  sent_.push_back(message);
  ++messages_;
  bytes_ += message.size_bytes;
  if (message.size_bytes < kPayloadHeaderBytes) some_look_the_same_ = true;
}

void Arrivals::Received(std::span<const std::byte> bytes) {
  arrivals_.push_back(
      {.is_message = true, .bytes = {bytes.begin(), bytes.end()}, .sent_before = sent_.size()});
  // More than was sent is a violation, which others find.
  messages_ -= messages_ > 0 ? 1 : 0;
  bytes_ -= bytes.size() <= bytes_ ? bytes.size() : bytes_;
}

void Arrivals::NothingThere() {
  const bool is_new = arrivals_.empty() || arrivals_.back().is_message ||
                      arrivals_.back().sent_before != sent_.size();
  if (is_new) arrivals_.push_back({.bytes = {}, .sent_before = sent_.size()});
}

std::optional<std::vector<QueuedMessage>> Arrivals::ReadAnew(std::uint32_t run) const {
  Reading reading(sent_, arrivals_, run);
  if (!reading.Find()) return std::nullopt;
  return reading.UnderWay();
}

}  // namespace ipc_hammer
