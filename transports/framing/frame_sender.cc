#include "transports/framing/frame_sender.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "transports/framing/frame.h"
#include "transports/framing/frame_encoder.h"

namespace ipc_hammer {
namespace {

// Above this many peers with something unfinished, most have gone; kinds allow fewer connections.
constexpr std::size_t kUnfinishedMax = 64;

}  // namespace

FrameSender::FrameSender(Endpoint& endpoint, std::size_t frame_bytes_max)
    : endpoint_(endpoint),
      stream_(dynamic_cast<StreamEndpoint*>(&endpoint)),
      frame_bytes_max_(frame_bytes_max) {}

FrameSender::~FrameSender() {
  // A forked child must not write into its parent's half-written frame.
  if (unfinished_.empty() || unfinished_by_ != ::getpid()) return;
  for (Unfinished& unfinished : unfinished_) Discard(unfinished);
}

Result<void> FrameSender::Send(std::uint32_t peer, std::span<const std::byte> message,
                               Deadline deadline) {
  const std::size_t frames = FrameCount(message.size(), frame_bytes_max_);
  if (frames > 1 || !unfinished_.empty()) {
    Result<void> prepared = PrepareToSend(peer, message.size(), frames, deadline);
    if (!prepared) return prepared;
  }
  const std::size_t bytes = message.size() + frames * kFrameOverheadBytes;
  const std::span<std::byte> buffer = Buffer(std::min(bytes, frame_bytes_max_));
  std::size_t offset = 0;
  do {
    const std::size_t size = EncodeFrame(message, offset, writer_, buffer);
    const Pushed pushed = Push(peer, buffer.first(size), deadline);
    if (!pushed.result) {
      Remember(peer, buffer.first(size), pushed.bytes, offset);
      return pushed.result;
    }
    offset += size - kFrameOverheadBytes;
  } while (offset < message.size());
  Forget(peer);
  return {};
}

Result<void> FrameSender::PrepareToSend(std::uint32_t peer, std::size_t message_bytes,
                                        std::size_t frames, Deadline deadline) {
  if (Unfinished* const unfinished = Find(peer)) {
    if (Result<void> finished = FinishTail(*unfinished, deadline); !finished) return finished;
  }
  if (frames == 1) return {};
  const std::size_t bytes = message_bytes + frames * kFrameOverheadBytes;
  if (deadline.is_now() && stream_ != nullptr && !stream_->HasRoom(peer, bytes, frames)) {
    return Fail(Errc::kWouldBlock, "no room for all frames");
  }
  return NeedWriter();
}

Result<void> FrameSender::FinishTail(Unfinished& unfinished, Deadline deadline) {
  if (unfinished.tail.empty()) return {};
  const Pushed pushed = Push(unfinished.peer, unfinished.tail, deadline);
  unfinished.tail.erase(unfinished.tail.begin(),
                        unfinished.tail.begin() + static_cast<std::ptrdiff_t>(pushed.bytes));
  return pushed.result;
}

void FrameSender::Remember(std::uint32_t peer, std::span<std::byte> frame, std::size_t pushed,
                           std::size_t offset) {
  if (pushed == 0 && offset == 0) return;
  if (unfinished_.size() >= kUnfinishedMax) ForgetGonePeers();
  unfinished_by_ = ::getpid();
  Unfinished* unfinished = Find(peer);
  if (unfinished == nullptr)
    unfinished = &unfinished_.emplace_back(Unfinished{.peer = peer, .tail = {}});
  unfinished->message_open = pushed == 0;
  if (pushed == 0) return;
  frame.back() = kFrameDiscard;
  unfinished->tail.assign(frame.begin() + static_cast<std::ptrdiff_t>(pushed), frame.end());
}

// Tells the peer to forget; false if it has gone.
bool FrameSender::Discard(Unfinished& unfinished) {
  const auto gone = [](const Result<void>& result) {
    return !result && result.error().code == Errc::kPeerClosed;
  };
  const Result<void> finished = FinishTail(unfinished, Deadline::Now());
  if (!finished || !unfinished.message_open) return !gone(finished);
  std::array<std::byte, kFrameOverheadBytes> frame;
  EncodeAbort(writer_, frame);
  const Pushed pushed = Push(unfinished.peer, frame, Deadline::Now());
  if (pushed.bytes == 0) return !gone(pushed.result);
  unfinished.message_open = false;
  unfinished.tail.assign(frame.begin() + static_cast<std::ptrdiff_t>(pushed.bytes), frame.end());
  return true;
}

void FrameSender::ForgetGonePeers() {
  std::erase_if(unfinished_, [this](Unfinished& unfinished) { return !Discard(unfinished); });
}

void FrameSender::Forget(std::uint32_t peer) {
  if (unfinished_.empty()) return;
  std::erase_if(unfinished_,
                [peer](const Unfinished& unfinished) { return unfinished.peer == peer; });
}

FrameSender::Unfinished* FrameSender::Find(std::uint32_t peer) {
  const auto found = std::ranges::find(unfinished_, peer, &Unfinished::peer);
  return found == unfinished_.end() ? nullptr : &*found;
}

// Random, because writers in unrelated processes share a stream; not from a generator whose state a
// forked child would share.
Result<void> FrameSender::NeedWriter() {
  while (writer_ == 0) {
    if (::getrandom(&writer_, sizeof(writer_), 0) < 0 && errno != EINTR) {
      return FailErrno("getrandom");
    }
  }
  return {};
}

std::span<std::byte> FrameSender::Buffer(std::size_t size_bytes) {
  if (buffer_bytes_ < size_bytes) {
    buffer_bytes_ = std::min(frame_bytes_max_, std::max(size_bytes, 2 * buffer_bytes_));
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes_);
  }
  return {buffer_.get(), size_bytes};
}

FrameSender::Pushed FrameSender::Push(std::uint32_t peer, std::span<const std::byte> bytes,
                                      Deadline deadline) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::span<const std::byte> rest = bytes.subspan(done);
    const Result<std::size_t> taken = stream_ != nullptr ? stream_->SendTo(peer, rest, deadline)
                                                         : endpoint_.Send(rest, 0, deadline);
    if (!taken) return {.bytes = done, .result = std::unexpected(taken.error())};
    done += *taken;
  }
  return {.bytes = done, .result = {}};
}

}  // namespace ipc_hammer
