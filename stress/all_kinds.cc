// The kinds of the project's own binaries: all of them.
#include "properties/hammered_kinds.h"
#include "transports/kinds.h"

namespace ipc_hammer {

const std::vector<TransportKind>& HammeredKinds() { return AllKinds(); }

}  // namespace ipc_hammer
