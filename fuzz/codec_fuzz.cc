// The forms of a program: bytes, values and text say the same, and no bytes and no text whatever
// break the readers.
//
// Input: one byte that chooses the kind's traits and what is read, then what is read.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "fuzz/fuzz_target.h"
#include "fuzz/require.h"
#include "properties/program/codec.h"
#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kKinds = 6;

TransportKind Kind(const char* name, const Traits& traits) {
  TransportKind kind;
  kind.name = name;
  kind.traits = traits;
  return kind;
}

// Traits that differ in everything that the readers look at.
const std::array<TransportKind, kKinds>& Kinds() {
  static const auto& kinds = *new std::array<TransportKind, kKinds>{
      Kind("messages", {.message_size_max = 4096}),
      Kind("bytes", {.shape = Shape::kBytes, .message_size_max = 1 << 20}),
      Kind("tokens", {.shape = Shape::kTokens,
                      .producers_max = 16,
                      .consumers_max = 16,
                      .capacity_messages_max = 1 << 20}),
      Kind("priorities", {.order = Order::kPriority,
                          .producers_max = 64,
                          .consumers_max = 64,
                          .reopens_producer = true,
                          .reopens_consumer = true,
                          .capacity_messages_max = 10,
                          .message_size_max = 8192,
                          .priorities = 32768}),
      Kind("duplex", {.producers_max = 3,
                      .duplex = true,
                      .reopens_producer = true,
                      .message_size_max = 1 << 16}),
      Kind("smallest", {.capacity_messages_max = 1, .message_size_max = 1}),
  };
  return kinds;
}

void RequireSame(const Program& a, const Program& b, const char* what) {
  if (a == b) return;
  fmt::print(stderr, "{}:\n{}---\n{}", what, ToText(a), ToText(b));
  std::abort();
}

void CheckText(const Program& program) {
  const std::string text = ToText(program);
  const auto parsed = ParseProgram(text);
  Require(parsed.has_value(), "the program's own text is read");
  RequireSame(*parsed, program, "text -> program differs");
  Require(ToText(*parsed) == text, "text -> program -> text is the identity");
}

void CheckNormalise(Program program, const TransportKind& kind) {
  Normalise(program, kind.traits);
  Require(Validate(program, kind.traits).has_value(), "Validate accepts what Normalise makes");
  Program again = program;
  Normalise(again, kind.traits);
  RequireSame(again, program, "Normalise is not idempotent");
}

void CheckBytes(std::span<const std::uint8_t> bytes, const TransportKind& kind) {
  const Program program = Decode(bytes, kind);
  Require(Validate(program, kind.traits).has_value(), "every byte string is a valid program");
  const std::vector<std::uint8_t> canonical = Encode(program, kind);
  RequireSame(Decode(canonical, kind), program, "bytes -> program -> bytes -> program differs");
  Require(Encode(Decode(canonical, kind), kind) == canonical, "Encode is canonical");
  Program reused = Decode(canonical, Kinds()[0]);
  DecodeInto(bytes, kind, reused);
  RequireSame(reused, program, "DecodeInto depends on what was there");
  CheckText(program);
  CheckNormalise(Decode(bytes, Kinds()[3]), kind);  // made for another kind
}

void CheckParser(std::string_view text, const TransportKind& kind) {
  const auto program = ParseProgram(text);
  if (program) {
    CheckText(*program);
    CheckNormalise(*program, kind);
    static_cast<void>(Encode(*program, kind));
    return;
  }
  const std::string& error = program.error();
  Require(!error.empty() && error.size() < 400, "the error is one short line");
  Require(error.find_first_of("\n\r") == std::string::npos, "the error is one line");
}

}  // namespace
}  // namespace ipc_hammer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ipc_hammer;
  const std::span input(data, size);
  // What is missing counts as 0: no input is rejected.
  const std::uint8_t choice = input.empty() ? 0 : input[0];
  const TransportKind& kind = Kinds()[choice % kKinds];
  const auto rest = input.subspan(input.empty() ? 0 : 1);
  if (choice >= 128) {
    CheckParser({reinterpret_cast<const char*>(rest.data()), rest.size()}, kind);
  } else {
    CheckBytes(rest, kind);
  }
  return Executed(Execution::kTested);
}
