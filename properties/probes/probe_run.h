// Runs an experiment in a process of its own, so that a kind that hangs or crashes costs a cell and
// not the table.
//
// REQUIRES: one thread, the sandbox entered and told (test_sandbox.h). Blocking: until the
// experiment ends, at most `patience`. What a killed experiment leaves behind stays in the sandbox.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_PROBE_RUN_H_
#define IPC_HAMMER_PROPERTIES_PROBES_PROBE_RUN_H_

#include <chrono>
#include <functional>

#include "properties/probes/cell.h"
#include "properties/probes/probe.h"
#include "transports/transport.h"

namespace ipc_hammer {

// More than the waits of any experiment together.
inline constexpr std::chrono::seconds kProbePatience{45};

// A failed cell where the process did not come to its end: "hung", "crashed".
Cell RunExperiment(const std::function<Cell()>& experiment,
                   std::chrono::milliseconds patience = kProbePatience);

inline Cell RunProbe(const Probe& probe, const TransportKind& kind) {
  return RunExperiment([&] { return probe.measure(kind); });
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_PROBE_RUN_H_
