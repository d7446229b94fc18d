// Adversity: what makes the work of a scenario harder, whatever the scenario: kills, pauses,
// interruptions, few processors, a wall clock that is set, children. Each changes a program that a
// scenario has made; together with other adversities as well.
//
// The same program, kind, mode and seed give the same program, always, and a valid one. Pure
// functions: any thread may call them.
#ifndef IPC_HAMMER_STRESS_SCENARIOS_ADVERSITY_H_
#define IPC_HAMMER_STRESS_SCENARIOS_ADVERSITY_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "properties/findings/finding.h"
#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

class Draw;

struct Adversity {
  std::string_view name;     // "stop"
  std::string_view summary;  // one line for people
  // Of so many programs that may have others as well, one has it.
  std::uint32_t one_in;
  // Whether a kind promises to bear it, and a mode can have it.
  bool (*applies)(const TransportKind&, Mode);
  // REQUIRES: applies(kind, mode).
  void (*add)(Program&, Draw&);
};

// Every adversity, in the order in which tables show them.
std::span<const Adversity> AllAdversities();

// The adversity of that name, or nullptr.
const Adversity* FindAdversity(std::string_view name);

// Adds those of the named adversities that the seed draws: of one name always that one, of several
// any number, also none. Those that do not apply are left out. REQUIRES: the names are known, and
// the program is valid for the kind.
void Beset(Program& program, const TransportKind& kind, Mode mode, std::uint64_t seed,
           std::span<const std::string> names);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_SCENARIOS_ADVERSITY_H_
