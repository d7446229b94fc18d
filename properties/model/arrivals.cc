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

std::optional<std::vector<QueuedMessage>> Arrivals::ReadAnew(std::uint32_t run) {
  Reading reading(sent_, arrivals_, run);
  switch (reading.Find()) {
    case Reading::Found::kYes:
      return reading.UnderWay();
    case Reading::Found::kNo:
      return std::nullopt;
    case Reading::Found::kGaveUp:
      ForgetWhatCame();
      return sent_;
  }
  return std::nullopt;
}

// The counts stay: they never depended on which message came.
void Arrivals::ForgetWhatCame() {
  arrivals_.clear();
  for (QueuedMessage& message : sent_) message.droppable = true;
}

}  // namespace ipc_hammer
