// Scenario: a shape of work that users know (a client and its server, a logging service, a file
// sync, a crash), drawn as a program from a seed. A scenario executes nothing and judges nothing.
//
// The same kind, seed and options give the same program, always. Every program it makes is valid
// for the kind's traits. Pure functions: any thread may call them.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_SCENARIO_H_
#define IPC_HAMMER_STRESS_SCENARIOS_SCENARIO_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "properties/findings/finding.h"
#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct ScenarioOptions {
  std::uint64_t seed = 1;
  std::uint32_t scale = 1;  // how much work: 1 is a fraction of a second under a sanitizer
  // 0: the scenario's choice, from the seed. Values above what the kind has are lowered to it.
  std::uint32_t producers = 0;
  std::uint32_t consumers = 0;
  std::uint32_t message_size = 0;
  std::uint32_t messages = 0;  // of each producer
};

struct Scenario {
  std::string_view name;     // "fan_in"
  std::string_view summary;  // one line for people
  // Whether the scenario makes sense for such a kind in this mode.
  bool (*applies)(const TransportKind&, Mode);
  // REQUIRES: applies(kind, any mode).
  Program (*make)(const TransportKind&, const ScenarioOptions&);
};

// Every scenario, in the order in which tables show them.
std::span<const Scenario> AllScenarios();

// The scenario of that name, or nullptr.
const Scenario* FindScenario(std::string_view name);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_SCENARIO_H_
