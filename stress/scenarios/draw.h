// What the scenarios share: drawing numbers from a seed, and the parts that programs consist of.
//
// Deterministic: no clock, no global state. Used by the scenarios only.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_DRAW_H_
#define IPC_HAMMER_STRESS_SCENARIOS_DRAW_H_

#include <cstdint>

#include "stress/scenarios/scenario.h"

namespace ipc_hammer {

// A generator of its own, so that the same seed draws the same program with every C++ library.
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next();
  // Evenly from low to high, both included. REQUIRES: low <= high.
  std::uint32_t Between(std::uint32_t low, std::uint32_t high);
  bool OneIn(std::uint32_t n) { return Between(1, n) == 1; }

 private:
  std::uint64_t state_;
};

// The user's choice, or else the scenario's, at least 1 and at most the kind's limit.
std::uint32_t Choose(std::uint32_t given, std::uint32_t drawn, std::uint32_t limit);

// A program of this kind without operations yet; the message size is the user's or else `size`.
// Raw byte streams whose senders cannot be told apart have one producer and one consumer.
Program Begin(const TransportKind& kind, const ScenarioOptions& options, Draw& draw,
              std::uint32_t producers, std::uint32_t consumers, std::uint32_t size);

// The payload of one message of that program: what the kind's shape allows.
std::uint32_t PayloadOf(const TransportKind& kind, const Program& program);

void AddSends(Program& program, std::uint32_t actor, std::uint32_t size, std::uint32_t repeat,
              std::uint32_t timeout_us);
// `buffer`: 0 is the channel's message size.
void AddReceives(Program& program, std::uint32_t actor, std::uint32_t buffer, std::uint32_t repeat,
                 std::uint32_t timeout_us);
// Closes the endpoint and opens it again.
void AddReopening(Program& program, std::uint32_t actor);
void AddDrain(Program& program, std::uint32_t actor);
// Every consumer drains.
void AddDrains(Program& program);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_DRAW_H_
