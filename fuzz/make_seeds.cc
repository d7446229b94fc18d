// Writes the seed corpora of the fuzz targets below a folder: `make_seeds fuzz/corpus`.
//
// A seed is a way into a region that random bytes seldom reach. Seeds are made from what they mean,
// so they follow when a format changes; their names say what they are.
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "properties/program/codec.h"
#include "properties/program/text.h"
#include "transports/framing/frame_encoder.h"

namespace ipc_hammer {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Seed {
  const char* name;
  std::string body;  // the operations of a program, in its text form
  int capacity = 4, message_size = 64, producers = 1, consumers = 1;
};

const std::vector<Seed>& ProgramSeeds() {
  static const auto& seeds = *new std::vector<Seed>{
      {"nothing", ""},
      {"one_message", "p0 send 17 now\nc0 receive 0 now\n"},
      {"empty_message", "p0 send 0 now\nc0 receive 0 now\n"},
      {"largest_message", "p0 send 64 now\nc0 receive 0 now\n"},
      {"too_large", "p0 send 65 now\nc0 receive 63 now\nc0 receive 0 now\n"},
      {"full_and_drained", "p0 send 8 now times 9\nc0 drain now\np0 send 8 now times 9\n"},
      {"wrap_around",
       "p0 send 9 now times 3\nc0 receive 0 now times 2\np0 send 31 now times 3\n"
       "c0 receive 0 now times 4\np0 send 64 now times 4\nc0 drain now\n"},
      {"larger_than_a_pipe", "p0 send 20000 now times 17\nc0 drain now\n", 16, 20000},
      {"around_pipe_buf",
       "p0 send 4071 now\np0 send 4072 now\np0 send 4095 now\np0 send 4096 now\np0 send 4097 now\n"
       "c0 drain now\n",
       8, 5000},
      {"two_producers", "p0 send 24 now\np1 send 24 now\np0 send 25 now\nc0 drain now\n", 4, 64, 2},
      {"crowd",
       "p0 send 24 now\np1 send 25 now\np2 send 26 now\np3 send 27 now\nc0 receive 0 now\n"
       "c1 receive 0 now\nc2 receive 0 now\nc3 receive 0 now\n",
       16, 64, 4, 4},
      {"priorities",
       "p0 send 24 now\np0 send 24 now priority 1\np0 send 24 now priority 2\np0 send 24 now\n"
       "c0 drain now\n",
       8},
      {"producer_closes", "p0 send 8 now\np0 close\nc0 receive 0 now\nc0 receive 0 now times 2\n"},
      {"consumer_closes", "p0 send 8 now\nc0 close\np0 send 8 now\n"},
      {"directions", "p0 close_send\nc0 receive 0 now\nc0 close_receive\nc0 receive 0 now\n"},
      {"reopened",
       "p0 send 8 now\np0 close\np0 open now\np0 send 8 now\nc0 drain now\nc0 close\nc0 open now\n"
       "c0 drain now\n"},
      {"answers",
       "p0 send 8 now\nc0 receive 0 now\nc0 send 9 now\np0 receive 0 now\np1 send 8 now\n"
       "c0 receive 0 now\nc0 send 9 now\np1 receive 0 now\n",
       4, 64, 2},
      {"interrupted",
       "p0 send 24 now fault eintr@1\nc0 receive 0 now fault eintr@1\np0 send 24 now fault "
       "eintr@2\nc0 receive 0 now fault eintr@2\n"},
      {"cut_short",
       "p0 send 64 now fault short@1\nc0 receive 0 now fault short@1\np0 send 64 now fault "
       "short@2\nc0 receive 0 now fault short@2\nc0 drain now\n"},
      {"spurious",
       "p0 send 24 now fault eagain@1\nc0 receive 0 now fault eagain@1\nc0 drain now\n"},
      {"out_of_descriptors", "p0 close\np0 open now fault emfile@1\np0 open now\np0 send 8 now\n"},
      {"out_of_memory", "c0 close\nc0 open now fault enomem@1\nc0 open now\nc0 drain now\n"},
      {"out_of_space", "p0 close\np0 open now fault enospc@1\np0 open now\np0 send 1 now\n"},
  };
  return seeds;
}

// Of a kind that allows everything, so that nothing is clamped.
TransportKind WideKind() {
  TransportKind kind;
  kind.name = "any";
  kind.traits.producers_max = kind.traits.consumers_max = 4;
  kind.traits.duplex = true;
  kind.traits.reopens_producer = kind.traits.reopens_consumer = true;
  kind.traits.message_size_max = 1 << 16;
  kind.traits.priorities = 8;
  return kind;
}

std::string TextOf(const Seed& seed) {
  return fmt::format(
      "ipc_hammer program 1\nkind any\ncapacity {}\nmessage_size {}\nproducers {}\nconsumers {}\n"
      "seed 7\n{}",
      seed.capacity, seed.message_size, seed.producers, seed.consumers, seed.body);
}

[[noreturn]] void Die(const std::string& why) {
  fmt::print(stderr, "make_seeds: {}\n", why);
  std::exit(1);
}

void Write(const std::string& folder, const std::string& name, std::span<const std::uint8_t> data) {
  std::filesystem::create_directories(folder);
  std::ofstream file(folder + "/" + name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  if (!file.flush()) Die("cannot write " + folder + "/" + name);
}

// The codec's target reads both forms; its first byte chooses the form and the kind.
void WritePrograms(const std::string& root) {
  const TransportKind kind = WideKind();
  std::uint8_t choice = 0;
  for (const Seed& seed : ProgramSeeds()) {
    const std::string text = TextOf(seed);
    const auto program = ParseProgram(text);
    if (!program) Die(fmt::format("{}: {}", seed.name, program.error()));
    if (const auto valid = Validate(*program, kind.traits); !valid) {
      Die(fmt::format("{}: {}", seed.name, valid.error()));
    }
    Bytes bytes = Encode(*program, kind);
    Write(root + "/program", seed.name, bytes);
    bytes.insert(bytes.begin(), choice++ % 6);
    Write(root + "/codec", fmt::format("bytes_{}", seed.name), bytes);
    Bytes letters(text.begin(), text.end());
    letters.insert(letters.begin(), static_cast<std::uint8_t>(128 + choice % 6));
    Write(root + "/codec", fmt::format("text_{}", seed.name), letters);
  }
}

// Streams for framing_fuzz: what is done with them, the message size less one, the stream.
class StreamSeed {
 public:
  void Frame(std::size_t size, std::size_t offset, std::size_t payload, std::uint64_t writer,
             std::byte verdict = kFrameValid) {
    const std::vector<std::byte> message(size, std::byte{'m'});
    const std::size_t bytes =
        EncodeFrame(message, offset, writer, std::span(out_).first(kFrameOverheadBytes + payload));
    out_[bytes - 1] = verdict;
    Append(bytes);
  }
  void Abort(std::uint64_t writer) { Append(EncodeAbort(writer, out_)); }
  void Write(const std::string& root, const std::string& name) const {
    for (const auto& [action, what] : {std::pair{0, "decoder"}, std::pair{3, "pipe"}}) {
      Bytes input = {static_cast<std::uint8_t>(action), 63};
      input.insert(input.end(), stream_.begin(), stream_.end());
      ipc_hammer::Write(root + "/framing", fmt::format("{}_{}", what, name), input);
    }
  }

 private:
  void Append(std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      stream_.push_back(std::to_integer<std::uint8_t>(out_[i]));
  }
  std::array<std::byte, kFrameOverheadBytes + 64> out_;
  Bytes stream_;
};

void WriteSimpleStreams(const std::string& root) {
  StreamSeed whole;
  for (const std::size_t size : {0, 1, 24, 64}) whole.Frame(size, 0, 64, 0);
  whole.Write(root, "whole_messages");
  StreamSeed parts;
  for (std::size_t at = 0; at < 10; at += 4) {
    parts.Frame(10, at, 4, 1);
    parts.Frame(12, at, 4, 2);
  }
  parts.Write(root, "interleaved");
  StreamSeed discarded;
  discarded.Frame(8, 0, 8, 1, kFrameDiscard);
  discarded.Frame(8, 0, 4, 1);
  discarded.Abort(1);
  discarded.Frame(8, 4, 4, 1);
  discarded.Write(root, "discarded_and_aborted");
  StreamSeed too_large;
  too_large.Frame(65, 0, 64, 1);
  too_large.Write(root, "too_large");
  StreamSeed overlapping;
  overlapping.Frame(8, 0, 4, 1);
  overlapping.Frame(8, 2, 4, 1);
  overlapping.Write(root, "overlapping");
}

// As many unfinished messages as a decoder keeps, then a whole one, then the end of the first.
void WriteCrowdedStream(const std::string& root) {
  constexpr std::uint64_t kOpenMessagesMax = 64;
  StreamSeed crowded;
  for (std::uint64_t writer = 1; writer <= kOpenMessagesMax; ++writer)
    crowded.Frame(2, 0, 1, writer);
  crowded.Frame(1, 0, 1, kOpenMessagesMax + 1);
  crowded.Frame(2, 1, 1, 1);
  crowded.Write(root, "as_many_as_are_kept");
}

void WriteDecisions(const std::string& root) {
  Bytes bytes(200);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  bytes[1] = 63;
  for (const auto& [action, what] : {std::pair{1, "made_frames"}, std::pair{2, "round_trip"},
                                     std::pair{4, "made_frames_pipe"}}) {
    bytes[0] = static_cast<std::uint8_t>(action);
    Write(root + "/framing", what, bytes);
  }
}

}  // namespace
}  // namespace ipc_hammer

int main(int argc, char** argv) {
  if (argc != 2) ipc_hammer::Die("call: make_seeds FOLDER");
  ipc_hammer::WritePrograms(argv[1]);
  ipc_hammer::WriteSimpleStreams(argv[1]);
  ipc_hammer::WriteCrowdedStream(argv[1]);
  ipc_hammer::WriteDecisions(argv[1]);
}
