// The framing layer against hostile byte streams that arrive in any pieces.
//
// Input: the first bytes choose what is done and the message size, the last ones are decisions, the
// rest is the stream. Properties:
//   * what is decoded does not depend on where the stream was cut
//   * a message has at most the agreed size; memory is at most twice what has arrived
//   * corrupt is for ever
//   * encode -> cut -> decode gives back every message, of interleaved writers as well
//   * a framed endpoint delivers what the decoder does, over a pipe that a hostile peer writes to
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "fuzz/fuzz_target.h"
#include "fuzz/require.h"
#include "transports/framing/frame_decoder.h"
#include "transports/framing/frame_encoder.h"
#include "transports/framing/framed.h"
#include "transports/pipe/pipe.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::byte>;

struct Decoded {
  std::vector<Bytes> messages;
  bool corrupt = false;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Bytes Copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

// A decoder that is fed piece by piece and watched.
class WatchedDecoder {
 public:
  explicit WatchedDecoder(std::size_t message_size_max)
      : decoder_(message_size_max), message_size_max_(message_size_max) {}

  void Feed(std::span<const std::byte> piece) {
    arrived_ += piece.size();
    while (!result_.corrupt) {
      const std::size_t left = piece.size();
      const auto next = decoder_.Next(piece);
      Require(decoder_.open_messages() <= FrameDecoder::kOpenMessagesMax, "few are unfinished");
      Require(decoder_.held_bytes() <= 2 * arrived_, "memory is what has arrived");
      if (!next) return Corrupt(next.error(), piece);
      if (!*next) return Require(piece.empty(), "without a message all input is used");
      Require(piece.size() < left, "a message uses input");
      Require((*next)->size() <= message_size_max_, "a message has the agreed size");
      result_.messages.push_back(Copy(**next));
    }
  }
  const Decoded& result() const { return result_; }

 private:
  void Corrupt(const Error& error, std::span<const std::byte> rest) {
    Require(error.code == Errc::kCorrupt, "the only error is corrupt");
    Require(!decoder_.Next(rest).has_value(), "corrupt is for ever");
    result_.corrupt = true;
  }

  FrameDecoder decoder_;
  std::size_t message_size_max_;
  std::size_t arrived_ = 0;
  Decoded result_;
};

Decoded DecodeWhole(std::span<const std::byte> stream, std::size_t message_size_max) {
  WatchedDecoder decoder(message_size_max);
  decoder.Feed(stream);
  return decoder.result();
}

Decoded DecodeBytewise(std::span<const std::byte> stream, std::size_t message_size_max) {
  WatchedDecoder decoder(message_size_max);
  for (std::size_t i = 0; i < stream.size(); ++i) decoder.Feed(stream.subspan(i, 1));
  return decoder.result();
}

Decoded DecodeCut(std::span<const std::byte> stream, std::size_t message_size_max,
                  FuzzedDataProvider& decisions) {
  WatchedDecoder decoder(message_size_max);
  while (!stream.empty()) {
    const std::size_t most = std::min<std::size_t>(stream.size(), 64);
    const auto size = decisions.ConsumeIntegralInRange<std::size_t>(1, most);
    decoder.Feed(stream.first(size));
    stream = stream.subspan(size);
  }
  return decoder.result();
}

Decoded DecodeEveryWay(std::span<const std::byte> stream, std::size_t message_size_max,
                       FuzzedDataProvider& decisions) {
  Decoded whole = DecodeWhole(stream, message_size_max);
  Require(DecodeBytewise(stream, message_size_max) == whole, "cuts change nothing: bytewise");
  Require(DecodeCut(stream, message_size_max, decisions) == whole, "cuts change nothing");
  return whole;
}

// A stream of frames that are nearly right: each of one of many writers, in or out of order, whole
// or in part, sometimes damaged.
class FrameMaker {
 public:
  explicit FrameMaker(FuzzedDataProvider& decisions) : decisions_(decisions) {}

  Bytes Make() {
    while (decisions_.remaining_bytes() > 0 && stream_.size() < kStreamMax) {
      switch (decisions_.ConsumeIntegralInRange(0, 15)) {
        case 0:
          Append(EncodeAbort(Writer(), frame_));
          break;
        case 1:
          BeginMany();
          break;
        default:
          Continue(Writer(), Below(kMessageMax + 1), 1 + Below(kMessageMax));
      }
    }
    return std::move(stream_);
  }

 private:
  static constexpr std::size_t kStreamMax = 8192;
  static constexpr std::size_t kMessageMax = 64;
  static constexpr std::uint64_t kWriters = FrameDecoder::kOpenMessagesMax + 8;

  std::size_t Below(std::size_t count) {
    return decisions_.ConsumeIntegralInRange<std::size_t>(0, count - 1);
  }
  std::uint64_t Writer() { return Below(kWriters); }

  // The next frame of that writer's message, or the first of a new one.
  void Continue(std::uint64_t writer, std::size_t size, std::size_t payload) {
    std::size_t& at = offsets_[writer];
    if (at >= size || Below(8) == 0) at = 0;
    const std::size_t bytes = EncodeFrame(std::span(message_).first(size), at, writer,
                                          std::span(frame_).first(kFrameOverheadBytes + payload));
    at += payload;
    Damage(bytes);
    Append(bytes);
  }

  // Up to and beyond as many as the decoder keeps.
  void BeginMany() {
    const std::uint64_t count = 1 + Writer();
    for (std::uint64_t writer = 1; writer <= count; ++writer) {
      Append(EncodeFrame(message_, 0, writer, std::span(frame_).first(kFrameOverheadBytes + 1)));
      offsets_[writer] = 1;
    }
  }

  void Damage(std::size_t bytes) {
    const std::size_t what = Below(16);
    if (what == 0) frame_[Below(bytes)] ^= std::byte{1};
    if (what == 1) frame_[bytes - 1] = kFrameDiscard;
  }

  void Append(std::size_t bytes) {
    stream_.insert(stream_.end(), frame_.begin(),
                   frame_.begin() + static_cast<std::ptrdiff_t>(bytes));
  }

  FuzzedDataProvider& decisions_;
  const Bytes message_ = Bytes(kMessageMax, std::byte{'m'});
  std::array<std::byte, kFrameOverheadBytes + kMessageMax> frame_;
  std::map<std::uint64_t, std::size_t> offsets_;
  Bytes stream_;
};

// Writers take turns frame by frame; each message must come out once, when its last frame is in.
void RoundTrip(FuzzedDataProvider& decisions) {
  constexpr std::size_t kSizeMax = 600;
  struct Writer {
    Bytes message;
    std::size_t offset = 0;
    bool begun = false;
  };
  std::vector<Writer> writers(decisions.ConsumeIntegralInRange<std::size_t>(1, 8));
  Decoded expected;
  Bytes stream;
  std::array<std::byte, 256> out;
  const auto frame_bytes_max =
      decisions.ConsumeIntegralInRange<std::size_t>(kFrameOverheadBytes + 1, out.size());
  for (std::uint8_t n = 0; decisions.remaining_bytes() > 8 && stream.size() < 16384; ++n) {
    const auto turn = decisions.ConsumeIntegralInRange<std::size_t>(0, writers.size() - 1);
    Writer& writer = writers[turn];
    if (!std::exchange(writer.begun, true)) {
      writer.message.assign(decisions.ConsumeIntegralInRange<std::size_t>(0, kSizeMax),
                            std::byte{n});
      writer.offset = 0;
    }
    const std::size_t bytes =
        EncodeFrame(writer.message, writer.offset, turn + 1, std::span(out).first(frame_bytes_max));
    stream.insert(stream.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(bytes));
    writer.offset += bytes - kFrameOverheadBytes;
    if (writer.offset < writer.message.size()) continue;
    expected.messages.push_back(writer.message);
    writer.begun = false;
  }
  Require(DecodeEveryWay(stream, kSizeMax, decisions) == expected, "every message comes back");
}

// A framed kind and the raw writing end of the stream below it.
struct HostilePipe {
  HostilePipe(std::size_t message_size) {
    TransportKind spied = Pipe();
    spied.create = [this, create = spied.create](const ChannelName& name, const Options& options) {
      auto made = create(name, options);
      if (made) raw = (*made)->Attach(Role::kProducer, Deadline::Now()).value();
      return made;
    };
    channel = Framed(std::move(spied))
                  .create({.text = "hostile"}, {.message_size_bytes = message_size})
                  .value();
    consumer = channel->Attach(Role::kConsumer, Deadline::Now()).value();
    channel->Detach();
  }
  std::unique_ptr<Endpoint> raw;
  std::unique_ptr<Channel> channel;
  std::unique_ptr<Endpoint> consumer;
};

// Receives what there is; false once the stream has ended or is corrupt.
bool ReceiveAll(Endpoint& consumer, std::span<std::byte> buffer, bool writer_lives, Decoded& got) {
  for (;;) {
    const auto received = consumer.Receive(buffer, Deadline::Now());
    if (received) {
      Require(received->size_bytes <= buffer.size(), "a message fits");
      got.messages.push_back(Copy(buffer.first(received->size_bytes)));
      continue;
    }
    const Errc code = received.error().code;
    if (code == Errc::kWouldBlock) {
      Require(writer_lives, "the end of the stream is seen");
      return true;
    }
    got.corrupt = code == Errc::kCorrupt;
    Require(got.corrupt || (code == Errc::kPeerClosed && !writer_lives), "corrupt, or the end");
    const auto again = consumer.Receive(buffer, Deadline::Now());
    Require(!again && again.error() == received.error(), "and that persists");
    return false;
  }
}

void ThroughPipe(std::span<const std::byte> stream, std::size_t message_size_max,
                 FuzzedDataProvider& decisions) {
  const std::size_t message_size = std::min<std::size_t>(message_size_max, 4096);
  HostilePipe pipe(message_size);
  Bytes buffer(message_size);
  Decoded got;
  const Decoded expected = DecodeWhole(stream, message_size);
  bool going = true;
  while (!stream.empty() && going) {
    const auto size = decisions.ConsumeIntegralInRange<std::size_t>(1, stream.size());
    const auto sent = pipe.raw->Send(stream.first(size), 0, Deadline::Now());
    Require(sent.has_value() && *sent > 0, "the pipe takes it");
    stream = stream.subspan(*sent);
    going = ReceiveAll(*pipe.consumer, buffer, true, got);
  }
  pipe.raw.reset();
  if (going) ReceiveAll(*pipe.consumer, buffer, false, got);
  Require(got == expected, "the endpoint delivers what the decoder does");
}

}  // namespace
}  // namespace ipc_hammer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ipc_hammer;
  const std::span input(data, size);
  // What is missing counts as 0: no input is rejected.
  const std::uint8_t choice = size > 0 ? input[0] : 0;
  const std::uint8_t chosen_size = size > 1 ? input[1] : 0;
  // Sizes where a header's fields matter: 1 .. 64, and up to 16 MiB.
  const std::size_t message_size =
      chosen_size < 192 ? 1 + chosen_size % 64 : std::size_t{1} << chosen_size % 25;
  const auto rest = input.subspan(std::min<std::size_t>(size, 2));
  FuzzedDataProvider decisions(rest.data(), rest.size());
  const auto raw = std::as_bytes(rest);
  switch (choice % 5) {
    case 0:
      DecodeEveryWay(raw, message_size, decisions);
      break;
    case 1: {
      const Bytes frames = FrameMaker(decisions).Make();
      FuzzedDataProvider cuts(rest.data(), rest.size());
      DecodeEveryWay(frames, message_size, cuts);
      break;
    }
    case 2:
      RoundTrip(decisions);
      break;
    case 3:
      ThroughPipe(raw, message_size, decisions);
      break;
    default: {
      const Bytes frames = FrameMaker(decisions).Make();
      FuzzedDataProvider cuts(rest.data(), rest.size());
      ThroughPipe(frames, message_size, cuts);
    }
  }
  return Executed(Execution::kTested);
}
