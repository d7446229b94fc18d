// Kinds for the command line's own tests: one that is sound, one that loses messages, one that dies
// and one that cannot be created.
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/testing/flawed_kind.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {
namespace {

TransportKind Sound() {
  TransportKind kind = Loopback();
  kind.name = "sound";
  kind.summary = "loopback as it is";
  return kind;
}

TransportKind Losing() {
  TransportKind kind = Flawed(Loopback(), Flaw::kDrop);
  kind.name = "losing";
  kind.summary = "loopback that forgets messages";
  return kind;
}

TransportKind Dying() {
  TransportKind kind = Loopback();
  kind.name = "dying";
  kind.summary = "its third channel ends the process";
  auto created = std::make_shared<int>(0);
  kind.create = [create = std::move(kind.create), created](const ChannelName& name,
                                                           const Options& options) {
    // Not SIGSEGV and not abort(): sanitizers turn those into reports of their own.
    if (++*created == 3) std::raise(SIGKILL);
    return create(name, options);
  };
  return kind;
}

TransportKind Refused() {
  TransportKind kind = Loopback();
  kind.name = "refused";
  kind.summary = "there is never room for it";
  kind.create = [](const ChannelName&, const Options&) -> Result<std::unique_ptr<Channel>> {
    return Fail(Errc::kNoSpace, "create");
  };
  return kind;
}

}  // namespace

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Sound(), Losing(), Dying(), Refused()};
  return kinds;
}

}  // namespace ipc_hammer
