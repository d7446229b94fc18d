#include "transports/framing/frame_decoder.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <utility>

namespace ipc_hammer {
namespace {

template <std::unsigned_integral T>
T Get(std::span<const std::byte> from, std::size_t at) {
  T value;
  std::memcpy(&value, from.subspan(at, sizeof(T)).data(), sizeof(T));
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}

std::span<const std::byte> TakeFront(std::span<const std::byte>& input, std::size_t count) {
  const std::span<const std::byte> front = input.first(count);
  input = input.subspan(count);
  return front;
}

// Grows by doubling, but never above what the message will be.
void Append(std::span<const std::byte> bytes, std::size_t size_max, std::vector<std::byte>& data) {
  const std::size_t needed = data.size() + bytes.size();
  if (needed > data.capacity()) {
    data.reserve(std::min(size_max, std::max(needed, 2 * data.capacity())));
  }
  data.insert(data.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::optional<FrameHeader> ParseFrameHeader(std::span<const std::byte, kFrameHeaderBytes> bytes) {
  const auto flags = Get<std::uint16_t>(bytes, 2);
  if (Get<std::uint8_t>(bytes, 0) != kFrameMagic || Get<std::uint8_t>(bytes, 1) != kFrameVersion ||
      (flags & ~kFrameAbort) != 0) {
    return std::nullopt;
  }
  return FrameHeader{.abort = flags == kFrameAbort,
                     .payload_bytes = Get<std::uint32_t>(bytes, 4),
                     .writer = Get<std::uint64_t>(bytes, 8),
                     .message_bytes = Get<std::uint32_t>(bytes, 16),
                     .offset = Get<std::uint32_t>(bytes, 20)};
}

Result<std::optional<FrameDecoder::Message>> FrameDecoder::Next(std::span<const std::byte>& input) {
  if (std::exchange(has_complete_, false)) complete_.clear();
  while (!input.empty() && expect_ != Expect::kNothing) {
    if (std::optional<Message> whole = TakeWholeFrame(input)) return whole;
    bool legal = false;
    switch (expect_) {
      case Expect::kHeader:
        legal = TakeHeader(input);
        break;
      case Expect::kPayload:
        legal = TakePayload(input);
        break;
      case Expect::kVerdict:
        legal = TakeVerdict(input);
        break;
      case Expect::kNothing:
        break;
    }
    if (!legal) {
      open_.clear();
      expect_ = Expect::kNothing;
    }
    if (has_complete_) return Message(complete_);
  }
  if (expect_ == Expect::kNothing) return Fail(Errc::kCorrupt, "frame");
  return std::nullopt;
}

std::size_t FrameDecoder::held_bytes() const {
  std::size_t sum = 0;
  for (const OpenMessage& message : open_) sum += message.data.capacity();
  return sum;
}

// The usual case without a copy: a valid message in one frame that has arrived entirely. Whatever
// it is not goes the long way, byte by byte. So does everything while as many messages are open as
// are kept: there a frame costs the oldest its place, and it must do so wherever the stream is cut.
std::optional<FrameDecoder::Message> FrameDecoder::TakeWholeFrame(
    std::span<const std::byte>& input) {
  if (expect_ != Expect::kHeader || header_filled_ != 0 || input.size() < kFrameOverheadBytes ||
      open_.size() == kOpenMessagesMax) {
    return std::nullopt;
  }
  const std::optional<FrameHeader> header = ParseFrameHeader(input.first<kFrameHeaderBytes>());
  if (!header || header->abort || !header->is_whole() || !IsLegal(*header)) return std::nullopt;
  if (input.size() - kFrameOverheadBytes < header->payload_bytes) return std::nullopt;
  const Message message = input.subspan(kFrameHeaderBytes, header->payload_bytes);
  if (input[kFrameHeaderBytes + message.size()] != kFrameValid) return std::nullopt;
  input = input.subspan(kFrameOverheadBytes + message.size());
  Drop(header->writer);
  return message;
}

bool FrameDecoder::TakeHeader(std::span<const std::byte>& input) {
  const std::size_t count = std::min(kFrameHeaderBytes - header_filled_, input.size());
  std::ranges::copy(TakeFront(input, count), header_bytes_.begin() + header_filled_);
  header_filled_ += count;
  if (header_filled_ < kFrameHeaderBytes) return true;
  header_filled_ = 0;
  const std::optional<FrameHeader> header = ParseFrameHeader(header_bytes_);
  if (!header || !IsLegal(*header)) return false;
  header_ = *header;
  return BeginFrame();
}

// Each comparison is made on values that cannot wrap.
bool FrameDecoder::IsLegal(const FrameHeader& header) const {
  if (header.abort) {
    return header == FrameHeader{.abort = true, .writer = header.writer} && header.writer != 0;
  }
  if (header.message_bytes > message_size_max_ || header.offset > header.message_bytes ||
      header.payload_bytes > header.message_bytes - header.offset) {
    return false;
  }
  if (header.is_whole()) return true;
  return header.payload_bytes != 0 && header.writer != 0;
}

// Decides where the payload goes.
bool FrameDecoder::BeginFrame() {
  ++frames_;
  payload_left_ = header_.payload_bytes;
  expect_ = payload_left_ != 0 ? Expect::kPayload : Expect::kVerdict;
  skip_ = false;
  if (header_.abort) return true;
  if (header_.is_first()) {
    Begin(header_).touched = frames_;
    return true;
  }
  OpenMessage* const message = Find(header_.writer);
  skip_ = message == nullptr;
  if (skip_) return true;
  message->touched = frames_;
  return message->size_bytes == header_.message_bytes && message->data.size() == header_.offset;
}

bool FrameDecoder::TakePayload(std::span<const std::byte>& input) {
  const std::size_t count = std::min(payload_left_, input.size());
  const std::span<const std::byte> bytes = TakeFront(input, count);
  if (!skip_) Append(bytes, header_.message_bytes, Find(header_.writer)->data);
  payload_left_ -= count;
  if (payload_left_ == 0) expect_ = Expect::kVerdict;
  return true;
}

bool FrameDecoder::TakeVerdict(std::span<const std::byte>& input) {
  const std::byte verdict = TakeFront(input, 1).front();
  expect_ = Expect::kHeader;
  if (verdict != kFrameValid && verdict != kFrameDiscard) return false;
  if (verdict == kFrameDiscard || header_.abort) {
    Drop(header_.writer);
    return true;
  }
  OpenMessage* const message = skip_ ? nullptr : Find(header_.writer);
  if (message == nullptr || message->data.size() < message->size_bytes) return true;
  complete_ = std::move(message->data);
  has_complete_ = true;
  Drop(header_.writer);
  return true;
}

FrameDecoder::OpenMessage& FrameDecoder::Begin(const FrameHeader& header) {
  Drop(header.writer);
  if (open_.size() == kOpenMessagesMax) {
    open_.erase(std::ranges::min_element(open_, {}, &OpenMessage::touched));
  }
  open_.push_back({.writer = header.writer, .size_bytes = header.message_bytes, .data = {}});
  return open_.back();
}

FrameDecoder::OpenMessage* FrameDecoder::Find(std::uint64_t writer) {
  const auto found = std::ranges::find(open_, writer, &OpenMessage::writer);
  return found == open_.end() ? nullptr : &*found;
}

void FrameDecoder::Drop(std::uint64_t writer) {
  if (open_.empty()) return;
  std::erase_if(open_, [writer](const OpenMessage& open) { return open.writer == writer; });
}

}  // namespace ipc_hammer
