// Kinds for the test of `hammer traits`: one that the commonly quoted table is right about and one
// that it is wrong about, one that declares more than it does and one that cannot be created.
#include <memory>
#include <vector>

#include "properties/hammered_kinds.h"
#include "transports/loopback/loopback.h"
#include "transports/pipe/fifo.h"
#include "transports/pipe/pipe.h"

namespace ipc_hammer {
namespace {

TransportKind Boastful() {
  TransportKind kind = Loopback();
  kind.name = "boastful";
  kind.traits.duplex = true;
  return kind;
}

TransportKind Refused() {
  TransportKind kind = Loopback();
  kind.name = "refused";
  kind.create = [](const ChannelName&, const Options&) -> Result<std::unique_ptr<Channel>> {
    return Fail(Errc::kNoSpace, "create");
  };
  return kind;
}

}  // namespace

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Pipe(), Fifo(), Boastful(), Refused()};
  return kinds;
}

}  // namespace ipc_hammer
