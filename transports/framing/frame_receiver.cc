#include "transports/framing/frame_receiver.h"

#include <algorithm>

namespace ipc_hammer {
namespace {

// One read takes what a pipe holds. The buffer begins small, because most channels stay so.
constexpr std::size_t kInputBytesMin = std::size_t{4} << 10;
constexpr std::size_t kInputBytesMax = std::size_t{64} << 10;
// What a call reads after its deadline without completing a message: more than the kernel's buffers
// of all connections can have held when the deadline passed. A flood of frames that never become a
// message cannot hold the caller longer.
constexpr std::size_t kDrainBytesMax = std::size_t{8} << 20;

}  // namespace

Result<Received> FrameReceiver::Receive(std::span<std::byte> buffer, Deadline deadline) {
  if (buffer.size() < message_size_max_) return Fail(Errc::kTooLarge, "receive buffer");
  if (is_corrupt_) return Fail(Errc::kCorrupt, "frame");
  std::size_t drained = 0;
  for (;;) {
    Result<std::optional<Received>> decoded = DecodePending(buffer);
    if (!decoded) return std::unexpected(decoded.error());
    if (decoded->has_value()) return **decoded;
    if (drained > kDrainBytesMax && deadline.HasPassed()) {
      return Fail(deadline.expired(), "only unfinished messages");
    }
    if (Result<void> read = ReadMore(deadline); !read) return std::unexpected(read.error());
    drained += pending_.size();
  }
}

Result<std::optional<Received>> FrameReceiver::DecodePending(std::span<std::byte> buffer) {
  if (pending_.empty()) return std::nullopt;
  Source& source = Find(pending_source_);
  if (source.corrupt) {
    pending_ = {};
    return std::nullopt;
  }
  Result<std::optional<FrameDecoder::Message>> message = source.decoder.Next(pending_);
  if (!message) {
    pending_ = {};
    source.corrupt = true;
    is_corrupt_ = !has_connections_;
    return std::unexpected(message.error());
  }
  if (!message->has_value()) return std::nullopt;
  std::ranges::copy(**message, buffer.begin());
  return Received{.size_bytes = (*message)->size(), .source = pending_source_};
}

Result<void> FrameReceiver::ReadMore(Deadline deadline) {
  GrowInput();
  Result<Received> got = endpoint_.Receive({input_.get(), input_bytes_}, deadline);
  if (!got) {
    if (got.error().code == Errc::kPeerClosed) sources_.clear();
    return std::unexpected(got.error());
  }
  if (got->source_ended) {
    std::erase_if(sources_, [&](const Source& source) { return source.number == got->source; });
    return {};
  }
  pending_source_ = got->source;
  pending_ = {input_.get(), got->size_bytes};
  was_filled_ = got->size_bytes == input_bytes_;
  return {};
}

// REQUIRES: nothing is pending.
void FrameReceiver::GrowInput() {
  if (input_ != nullptr && (!was_filled_ || input_bytes_ == kInputBytesMax)) return;
  input_bytes_ = input_ == nullptr ? kInputBytesMin : std::min(2 * input_bytes_, kInputBytesMax);
  input_ = std::make_unique_for_overwrite<std::byte[]>(input_bytes_);
  was_filled_ = false;
}

FrameReceiver::Source& FrameReceiver::Find(std::uint32_t number) {
  const auto found = std::ranges::find(sources_, number, &Source::number);
  if (found != sources_.end()) return *found;
  return sources_.emplace_back(number, false, FrameDecoder(message_size_max_));
}

}  // namespace ipc_hammer
