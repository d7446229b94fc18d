// Conformance cases that a user names, looked up, and which of them a kind has.
#ifndef IPC_HAMMER_STRESS_CLI_CASE_NAMES_H_
#define IPC_HAMMER_STRESS_CLI_CASE_NAMES_H_

#include <expected>
#include <string>
#include <vector>

#include "transports/transport.h"

namespace ipc_hammer {

// The cases whose names match the pattern (glob(7)), or every case for "all", by name.
std::expected<std::vector<std::string>, std::string> CasesNamed(const std::string& pattern);

// Those of them that apply to the kind.
std::vector<std::string> CasesOf(const TransportKind& kind, const std::vector<std::string>& names);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_CASE_NAMES_H_
