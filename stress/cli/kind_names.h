// Names that a user gives, looked up, with the one line for those that nobody knows.
#ifndef IPC_HAMMER_STRESS_CLI_KIND_NAMES_H_
#define IPC_HAMMER_STRESS_CLI_KIND_NAMES_H_

#include <expected>
#include <string>
#include <vector>

#include "transports/transport.h"

namespace ipc_hammer {

// The hammered kind of that name.
std::expected<const TransportKind*, std::string> KindNamed(const std::string& name);

// That kind, or every hammered kind for "all".
std::expected<std::vector<const TransportKind*>, std::string> KindsNamed(const std::string& name);

// Those kinds, each once and in that order; every hammered kind where none is named.
std::expected<std::vector<const TransportKind*>, std::string> KindsNamed(
    const std::vector<std::string>& names);

// That scenario, or every scenario for "all", by name.
std::expected<std::vector<std::string>, std::string> ScenariosNamed(const std::string& name);

// The same for adversities; none for "none".
std::expected<std::vector<std::string>, std::string> AdversitiesNamed(const std::string& name);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_STRESS_CLI_KIND_NAMES_H_
