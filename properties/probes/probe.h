// Probe: one question of the comparison table, and the experiment that answers it.
//
// An experiment goes through the public contract alone. Of the traits it takes what it needs to
// make a legal channel (sizes, capacities, whether processes can share it) and to know how long
// what it waits for may take, never the answer. So a trait and its probe are two witnesses, and
// where they differ one of them is wrong.
//
// The list is closed and in the order of the table. Experiments are run by RunProbe (probe_run.h),
// which outlives what hangs or crashes.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_PROBE_H_
#define IPC_HAMMER_PROPERTIES_PROBES_PROBE_H_

#include <span>
#include <string>
#include <string_view>

#include "properties/probes/cell.h"
#include "transports/transport.h"

namespace ipc_hammer {

struct Probe {
  std::string_view name;      // "end-of-file"
  std::string_view question;  // "what does a receiver hear when the last sender has closed?"
  Cell (*measure)(const TransportKind& kind);
  // What the traits promise, in the words of the cell, and whether what was measured keeps it. Both
  // null where no trait speaks of it.
  std::string (*declared)(const Traits& traits) = nullptr;
  bool (*keeps)(const Traits& traits, const Cell& cell) = nullptr;
};

std::span<const Probe> AllProbes();

const Probe* FindProbe(std::string_view name);  // or nullptr

// Why the cell contradicts the traits, in one sentence; empty if it does not. A failed cell
// contradicts whatever is declared; one that does not apply, nothing.
std::string Contradiction(const Probe& probe, const Traits& traits, const Cell& cell);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_PROBE_H_
