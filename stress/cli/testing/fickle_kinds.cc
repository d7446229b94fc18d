// Kinds that break a rule in ways that are hard to repeat: one that loses messages each time, to
// compare with, one that does so only now and then, and one of which that is known late.
#include <memory>
#include <utility>

#include "properties/hammered_kinds.h"
#include "properties/testing/flawed_kind.h"
#include "transports/loopback/loopback.h"

namespace ipc_hammer {
namespace {

TransportKind Losing() {
  TransportKind kind = Flawed(Loopback(), Flaw::kDrop);
  kind.name = "losing";
  kind.summary = "loopback that forgets messages";
  return kind;
}

TransportKind Fickle() {
  TransportKind kind = Loopback();
  kind.name = "fickle";
  kind.summary = "every third channel forgets messages";
  auto created = std::make_shared<int>(0);
  kind.create = [sound = Loopback(), losing = Losing(), created](const ChannelName& name,
                                                                 const Options& options) {
    return ++*created % 3 == 0 ? losing.create(name, options) : sound.create(name, options);
  };
  return kind;
}

TransportKind Late() {
  TransportKind kind = Losing();
  kind.name = "late";
  kind.summary = "what it forgets might still come";
  kind.traits.asynchronous = true;
  kind.traits.exact_capacity = false;  // or a send too many would tell of it at once
  kind.traits.floor_messages = 0;
  return kind;
}

}  // namespace

const std::vector<TransportKind>& HammeredKinds() {
  static const std::vector<TransportKind> kinds = {Losing(), Fickle(), Late()};
  return kinds;
}

}  // namespace ipc_hammer
