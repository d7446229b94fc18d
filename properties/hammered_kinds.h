// The kinds that a hammering binary knows. Each binary links exactly one definition: the project's
// own `hammer` all kinds of transports/, a battery made by the ipc_hammer_battery macro the one
// kind it was given. So the same runners, fuzz targets and tests hammer anybody's transport.
#ifndef IPC_HAMMER_PROPERTIES_HAMMERED_KINDS_H_
#define IPC_HAMMER_PROPERTIES_HAMMERED_KINDS_H_

#include <string_view>
#include <vector>

#include "transports/transport.h"

namespace ipc_hammer {

// Built once, never changed, never empty.
const std::vector<TransportKind>& HammeredKinds();

// The hammered kind of that name, or nullptr.
inline const TransportKind* FindHammeredKind(std::string_view name) {
  for (const TransportKind& kind : HammeredKinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_HAMMERED_KINDS_H_
