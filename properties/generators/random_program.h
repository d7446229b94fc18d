// Random programs: the producer of programs that needs nothing but a seed. RapidCheck's generator
// (program_gen.h), the stress runs and the seed corpora all draw from here, so they share one bias.
//
// The bias goes where transports break:
//   * swarm: each program draws which actions and faults are on and how much each weighs, so that
//     some programs never close, some never receive and some do little else;
//   * phases: runs of sends as long as the capacity, give or take one, then runs of receives, so
//     that full and empty are reached again and again and not only passed by;
//   * boundaries: sizes 0, 1, the payload header, the channel's maximum and PIPE_BUF, each give or
//     take one; capacities 1, 2, 3 and powers of two, give or take one.
//
// The same kind, seed, size and shape give the same program on every machine. Pure functions.
#ifndef IPC_HAMMER_PROPERTIES_GENERATORS_RANDOM_PROGRAM_H_
#define IPC_HAMMER_PROPERTIES_GENERATORS_RANDOM_PROGRAM_H_

#include <cstdint>

#include "properties/program/program.h"
#include "transports/transport.h"

namespace ipc_hammer {

// What the programs may contain. The kind's traits bound them further.
struct ProgramShape {
  std::uint32_t operations_max = 100;  // reached at size kProgramSizeMax
  std::uint32_t producers_max = 4;
  std::uint32_t consumers_max = 4;
  std::uint32_t capacity_max = 65;
  std::uint32_t message_size_max = 8192;
  bool faults = false;    // system-call faults that do not kill
  bool kills = false;     // SIGKILL of actors, by operation and by fault: process runner only
  bool blocking = false;  // timeouts other than `now`
};

inline constexpr int kProgramSizeMax = 100;

// A valid program of that kind. `size` 0 .. kProgramSizeMax scales the number of operations.
Program RandomProgram(const TransportKind& kind, std::uint64_t seed, int size,
                      const ProgramShape& shape = {});

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_GENERATORS_RANDOM_PROGRAM_H_
