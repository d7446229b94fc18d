#include "properties/program/codec.h"

#include <algorithm>
#include <array>

namespace ipc_hammer {
namespace {

// What the low nibble of a record's first byte means. Sends and receives fill most of it, so that
// random bytes make traffic; zero bytes are sends by p0.
constexpr std::array kActions = {
    Action::kSend,         Action::kSend,    Action::kSend,    Action::kSend,
    Action::kSend,         Action::kSend,    Action::kReceive, Action::kReceive,
    Action::kReceive,      Action::kReceive, Action::kDrain,   Action::kCloseSend,
    Action::kCloseReceive, Action::kClose,   Action::kOpen,    Action::kKill};
static_assert(kActions.size() == 16);

constexpr std::array kTimeouts = {kTimeoutNow, 1'000U, 20'000U, kTimeoutNever};

constexpr std::uint8_t kFaultFrom = 192;   // below: no fault
constexpr std::uint8_t kRepeatFrom = 192;  // below: once
constexpr std::uint32_t kRepeatCodes = 16;
constexpr std::uint32_t kFuzzedActorsMax = 4;
constexpr std::uint32_t kFuzzedCapacityMax = 16;
constexpr std::uint32_t kFuzzedSizeMax = 1 << 16;

struct Limits {
  std::uint32_t capacity, message_size, producers, consumers, priorities;
};

Limits LimitsOf(const Traits& traits) {
  const auto least = [](std::size_t a, std::uint32_t b) {
    return static_cast<std::uint32_t>(std::min<std::size_t>(a, b));
  };
  const std::size_t capacity = traits.capacity_messages_max;
  return {.capacity = least(capacity == 0 ? kFuzzedCapacityMax : capacity, kFuzzedCapacityMax),
          .message_size = least(traits.message_size_max, kFuzzedSizeMax),
          .producers = least(traits.producers_max, kFuzzedActorsMax),
          .consumers = least(traits.consumers_max, kFuzzedActorsMax),
          .priorities = least(traits.priorities, 255)};
}

// The bytes of the input, and zeros behind its end.
struct Reader {
  std::span<const std::uint8_t> bytes;
  std::uint32_t operator[](std::size_t at) const { return at < bytes.size() ? bytes[at] : 0; }
  std::uint32_t Word(std::size_t at) const { return (*this)[at] | (*this)[at + 1] << 8; }
};

Operation DecodeRecord(const Reader& in, std::size_t at, const Program& program,
                       const Limits& limits) {
  Operation op;
  op.action = kActions[in[at] & 15];
  op.timeout_us = kTimeouts[(in[at] >> 4) % kTimeouts.size()];
  if (Closes(op.action))
    op.timeout_us = kTimeoutNow;  // when a close comes is in the text form only
  op.actor = static_cast<std::uint8_t>(in[at + 1] % program.actors());
  op.size_bytes = in.Word(at + 2) % (program.message_size_bytes + 2);
  op.priority = in[at + 4] % (limits.priorities + 1);
  if (op.action == Action::kKill) op.target = static_cast<std::uint8_t>(in[at + 4]);
  if (const std::uint32_t b = in[at + 5]; b >= kFaultFrom) {
    op.fault.kind = static_cast<FaultKind>((b - kFaultFrom) % kFaultKindCount);
    op.fault.nth_call = static_cast<std::uint8_t>(1 + in[at + 6] % 16);
  }
  if (const std::uint32_t b = in[at + 7]; b >= kRepeatFrom) {
    op.repeat = 2 + (b - kRepeatFrom) % kRepeatCodes;
  }
  return op;
}

std::uint8_t Byte(std::uint32_t value) { return static_cast<std::uint8_t>(value); }

std::uint32_t NearestTimeout(std::uint32_t timeout_us) {
  std::uint32_t code = 0;
  while (code + 1 < kTimeouts.size() && kTimeouts[code] < timeout_us) ++code;
  return code;
}

void EncodeRecord(const Operation& op, std::vector<std::uint8_t>& out) {
  const auto action = std::ranges::find(kActions, op.action) - kActions.begin();
  const std::uint32_t size = std::min(op.size_bytes, 0xffffU);
  const bool fault = op.fault.kind != FaultKind::kNone;
  out.insert(
      out.end(),
      {Byte(static_cast<std::uint32_t>(action) | NearestTimeout(op.timeout_us) << 4), op.actor,
       Byte(size & 255), Byte(size >> 8),
       op.action == Action::kKill ? op.target : Byte(std::min(op.priority, 255U)),
       fault ? Byte(kFaultFrom + static_cast<std::uint32_t>(op.fault.kind)) : Byte(0),
       fault ? Byte((op.fault.nth_call - 1U) % 16) : Byte(0),
       op.repeat == 1 ? Byte(0) : Byte(kRepeatFrom + std::min(op.repeat - 2, kRepeatCodes - 1))});
}

}  // namespace

void DecodeInto(std::span<const std::uint8_t> bytes, const TransportKind& kind, Program& program) {
  const Limits limits = LimitsOf(kind.traits);
  const Reader in{bytes};
  program.kind = kind.name;
  program.capacity_messages = 1 + in[0] % limits.capacity;
  program.message_size_bytes = limits.message_size == 0 ? 0 : 1 + in.Word(1) % limits.message_size;
  program.producers = 1 + in[3] % limits.producers;
  program.consumers = 1 + in[4] % limits.consumers;
  program.seed = in.Word(5) | in[7] << 16;
  program.operations.clear();
  for (std::size_t at = kHeaderBytes; at < bytes.size(); at += kRecordBytes) {
    if (program.operations.size() == kDecodedOperationsMax) break;
    program.operations.push_back(DecodeRecord(in, at, program, limits));
  }
  Normalise(program, kind.traits);
}

Program Decode(std::span<const std::uint8_t> bytes, const TransportKind& kind) {
  Program program;
  DecodeInto(bytes, kind, program);
  return program;
}

std::vector<std::uint8_t> Encode(const Program& program, const TransportKind& kind) {
  const Limits limits = LimitsOf(kind.traits);
  const std::uint32_t size =
      std::min(program.message_size_bytes == 0 ? 0 : program.message_size_bytes - 1, 0xffffU);
  std::vector<std::uint8_t> out = {Byte(std::min(program.capacity_messages, limits.capacity) - 1),
                                   Byte(size & 255),
                                   Byte(size >> 8),
                                   Byte(std::min(program.producers, limits.producers) - 1),
                                   Byte(std::min(program.consumers, limits.consumers) - 1),
                                   Byte(program.seed & 255),
                                   Byte(program.seed >> 8 & 255),
                                   Byte(program.seed >> 16 & 255)};
  const std::size_t count = std::min(program.operations.size(), kDecodedOperationsMax);
  out.reserve(kHeaderBytes + count * kRecordBytes);
  for (std::size_t i = 0; i < count; ++i) EncodeRecord(program.operations[i], out);
  return out;
}

}  // namespace ipc_hammer
