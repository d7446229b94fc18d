// Adversities: what the machine does to all actors of a program while they race, as plain data. The
// process runner sees to them; the sequential runner has one thread and no use for them. Zero: no.
#ifndef IPC_HAMMER_PROPERTIES_PROGRAM_ADVERSITIES_H_
#define IPC_HAMMER_PROPERTIES_PROGRAM_ADVERSITIES_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace ipc_hammer {

// Of each of the three ways in which an owner ends.
inline constexpr std::uint32_t kOwnersOfOneEndMax = 8;
inline constexpr std::uint32_t kOwnersMax = 3 * kOwnersOfOneEndMax;

struct Adversities {
  std::uint32_t cpus = 0;     // all actors share so many processors
  std::uint32_t stop_us = 0;  // one process after another is stopped for so long (SIGSTOP, SIGCONT)
  // Each process gets a signal that often, whose handler was installed without SA_RESTART.
  std::uint32_t signal_us = 0;
  std::uint32_t clock_ahead_s = 0;  // the wall clock is set so much later while they wait,
  std::uint32_t clock_back_s = 0;   // or so much earlier
  // One in eight system calls of each actor comes up to so much later.
  std::uint32_t pause_us = 0;
  // Each actor rests up to so long between two of its instructions, again and again.
  std::uint32_t rest_us = 0;
  // Each process forks that often: a child that exits, one that execs, one that lingers a while.
  std::uint32_t fork_us = 0;
  // Strangers look for the channel from before it is created, by one of them, who makes and removes
  // so many others under its name first.
  std::uint32_t rehearsals = 0;
  // Before the channel that lasts there are so many others under its name, one after another, whose
  // guests stay when its owner ends: by closing it, by SIGKILL, or by unlinking it and closing
  // late. There are no rehearsals then.
  std::uint32_t closed_owners = 0;
  std::uint32_t killed_owners = 0;
  std::uint32_t unlinked_owners = 0;
  // Each process may have so many descriptors (RLIMIT_NOFILE), until it drains or comes to its last
  // operation.
  std::uint32_t descriptors = 0;
  std::uint32_t owners() const { return closed_owners + killed_owners + unlinked_owners; }
  friend bool operator==(const Adversities&, const Adversities&) = default;
};

// What a program's text calls each of them, and what is sensible at most.
struct AdversityField {
  std::string_view name;
  std::uint32_t Adversities::* field;
  std::uint32_t max;
};
inline constexpr std::array kAdversityFields = {
    AdversityField{"cpus", &Adversities::cpus, 1024},
    AdversityField{"stop_us", &Adversities::stop_us, 1'000'000},
    AdversityField{"signal_us", &Adversities::signal_us, 1'000'000},
    AdversityField{"clock_ahead_s", &Adversities::clock_ahead_s, 1'000'000},
    AdversityField{"clock_back_s", &Adversities::clock_back_s, 1'000'000},
    AdversityField{"pause_us", &Adversities::pause_us, 1'000'000},
    AdversityField{"rest_us", &Adversities::rest_us, 1'000'000},
    AdversityField{"fork_us", &Adversities::fork_us, 1'000'000},
    AdversityField{"rehearsals", &Adversities::rehearsals, 10'000},
    AdversityField{"closed_owners", &Adversities::closed_owners, kOwnersOfOneEndMax},
    AdversityField{"killed_owners", &Adversities::killed_owners, kOwnersOfOneEndMax},
    AdversityField{"unlinked_owners", &Adversities::unlinked_owners, kOwnersOfOneEndMax},
    AdversityField{"descriptors", &Adversities::descriptors, 4096},
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROGRAM_ADVERSITIES_H_
