// What `hammer traits` prints of a measurement, to standard output.
#ifndef IPC_HAMMER_STRESS_CLI_TRAITS_REPORT_H_
#define IPC_HAMMER_STRESS_CLI_TRAITS_REPORT_H_

#include <string>
#include <vector>

#include "properties/probes/claims.h"

namespace ipc_hammer {

// "CPUs x model, system, build": what the numbers are of.
std::string MeasuredOn();

// "pipe: framing is declared as ...", one for each cell that differs from what its kind declares.
std::vector<std::string> Contradictions(const Measurement& measurement);

// The table of kinds, the quoted table with the experiments against it, and the contradictions.
// `with_experiments`: also what every single cell is taken from.
void PrintTraits(const Measurement& measurement, bool with_experiments);

void PrintTraitsAsJson(const Measurement& measurement);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_TRAITS_REPORT_H_
