// Program: a kind, its options, and the operations of every actor, faults included. Whoever made it
// (libFuzzer's bytes, RapidCheck, a stress scenario), the same runners execute it, the same judges
// judge it and the same command replays it.
//
// The order of `operations` is the order of execution for the sequential runner; the process runner
// gives each actor its own operations, in this order, and lets the actors race.
#ifndef IPC_HAMMER_PROPERTIES_PROGRAM_PROGRAM_H_
#define IPC_HAMMER_PROPERTIES_PROGRAM_PROGRAM_H_

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "properties/program/adversities.h"
#include "properties/program/operation.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct Program {
  std::string kind;
  std::uint32_t capacity_messages = 8;
  std::uint32_t message_size_bytes = 256;
  std::uint32_t producers = 1;
  std::uint32_t consumers = 1;
  std::uint32_t seed = 0;  // of the payloads: also the run's identity, so old data is recognised
  Adversities adversities = {};  // in the text form only: bytes have none
  std::vector<Operation> operations;

  std::uint32_t actors() const { return producers + consumers; }
  Role role(std::uint32_t actor) const {
    return actor < producers ? Role::kProducer : Role::kConsumer;
  }
  Options options() const {
    return {.capacity_messages = capacity_messages, .message_size_bytes = message_size_bytes};
  }
  friend bool operator==(const Program&, const Program&) = default;
};

// More actors, operations or bytes than these are never decoded nor parsed.
inline constexpr std::uint32_t kActorsMax = 64;
inline constexpr std::uint32_t kOperationsMax = 100'000;

bool HasKills(const Program& program);

// Why the program cannot be run on a kind with these traits, or success: too many producers, a size
// above what a message can have by more than the probe for too_large needs, an actor out of range
// ...
std::expected<void, std::string> Validate(const Program& program, const Traits& traits);

// The nearest program that Validate accepts. Idempotent; the identity on valid programs.
void Normalise(Program& program, const Traits& traits);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROGRAM_PROGRAM_H_
