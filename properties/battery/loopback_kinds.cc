// The kinds of a test that needs one that is known to work.
#include "properties/hammered_kinds.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Loopback()};
  return kinds;
}

}  // namespace ipc_hammer
