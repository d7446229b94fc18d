// RapidCheck's generator of programs, with shrinking that knows what a program is: fewer operations
// first, then fewer actors, then no faults, no repetitions, and smaller numbers. What it shrinks to
// is always a valid program of the kind, and always strictly simpler, so shrinking ends.
//
// For tests only: RapidCheck throws. Pure functions.
#ifndef IPC_HAMMER_PROPERTIES_GENERATORS_PROGRAM_GEN_H_
#define IPC_HAMMER_PROPERTIES_GENERATORS_PROGRAM_GEN_H_

#include <rapidcheck.h>

#include <ostream>

#include "properties/generators/random_program.h"
#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

rc::Gen<Program> ProgramGen(const TransportKind& kind, const ProgramShape& shape = {});

// The simpler programs to try next, the boldest first; lazy.
rc::Seq<Program> ShrinkProgram(const Program& program, const Traits& traits);

// True if `a` is strictly simpler than `b`: a well-founded order.
bool Simpler(const Program& a, const Program& b);

// How RapidCheck prints a counterexample: the text form, ready for replay.
void showValue(const Program& program, std::ostream& os);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_GENERATORS_PROGRAM_GEN_H_
