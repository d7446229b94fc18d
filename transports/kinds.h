// The list of all transport kinds. A new kind is one file pair and one line in kinds.cc.
#ifndef IPC_HAMMER_TRANSPORTS_KINDS_H_
#define IPC_HAMMER_TRANSPORTS_KINDS_H_

#include <string_view>
#include <vector>

#include "transports/transport.h"

namespace ipc_hammer {

// Every kind, in the order in which tables show them. Built once, never changed.
const std::vector<TransportKind>& AllKinds();

// The kind of that name, or nullptr.
const TransportKind* FindKind(std::string_view name);

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_TRANSPORTS_KINDS_H_
