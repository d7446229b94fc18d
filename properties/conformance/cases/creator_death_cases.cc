// Rule restart: a creator is killed at every crash point of its create and of its end, each time
// under a name of its own; then a new one comes. The cases apply to no kind where crash points are
// not looked for.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/crash_points.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

// Under the name of a creator that died somewhere in between. `options` are the dead one's.
std::string ANewOneComes(const TransportKind& kind, const ChannelName& name,
                         const Options& options) {
  if (kind.open) {
    const std::int64_t start_ns = MonotonicNs();
    const auto opened =
        kind.open(name, Role::kProducer, options, Deadline::After(std::chrono::milliseconds(20)));
    if (MonotonicNs() - start_ns > std::chrono::nanoseconds(kStuckAfter).count()) {
      return "an opener is not back by its deadline";
    }
  }
  auto channel = kind.create(name, options);
  if (!channel) return "create: " + ToString(channel.error());
  auto consumer = (*channel)->Attach(Role::kConsumer, Deadline::After(kStuckAfter));
  if (!consumer) return "attach: " + ToString(consumer.error());
  auto producer = (*channel)->Attach(Role::kProducer, Deadline::After(kStuckAfter));
  if (!producer) return "attach: " + ToString(producer.error());
  if (ReceiveUnit(**consumer, kind.traits, options, {})) return "an old message";
  const auto sent = SendUnit(**producer, kind.traits, options, {}, Deadline::After(kStuckAfter));
  if (!sent) return "send: " + ToString(sent.error());
  const auto id = ReceiveUnit(**consumer, kind.traits, options, {}, Deadline::After(kStuckAfter));
  return id ? "" : "receive: " + ToString(id.error());
}

constexpr bool HasCreators(const Traits& traits) {
  return kFindsCrashPoints && traits.reach == Reach::kStrangers;
}

// Each time under a name of its own; who comes after the dead one leaves nothing of it behind.
void ForEachDeathOfACreator(const TransportKind& kind,
                            const std::function<bool(const ChannelName&)>& prepare,
                            const std::function<void(const ChannelName&)>& operate) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  const Options options = SmallOptions(kind.traits);
  std::vector<CrashPoint> points;
  // Twice: what a process does once is done when the first new one comes, and those who die later
  // inherit it.
  for (int i = 0; i < 2; ++i) {
    const ChannelName name = FreshName();
    Victim victim({.prepare = [&] { return prepare(name); }, .operation = [&] { operate(name); }});
    ASSERT_TRUE(victim.is_ready());
    points = victim.FindCrashPoints();
    ASSERT_FALSE(points.empty());
    ASSERT_EQ(ANewOneComes(kind, name, options), "") << "after its end";
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    StillMoves();
    const LeftBehind left;
    const ChannelName name = FreshName();
    Victim victim({.prepare = [&] { return prepare(name); }, .operation = [&] { operate(name); }});
    ASSERT_TRUE(victim.is_ready());
    victim.KillAt(points[i]);
    ASSERT_EQ(ANewOneComes(kind, name, options), "") << "killed at " << Where(points, i);
    ASSERT_EQ(left.Tell(), "") << "killed at " << Where(points, i);
  }
}

LONG_CONFORMANCE_CASE(Restart, ACreatorDiesAtAnyPointOfItsCreate, HasCreators(traits)) {
  const Options options = SmallOptions(kind.traits);
  ForEachDeathOfACreator(
      kind, [](const ChannelName&) { return true; },
      [&](const ChannelName& name) {
        auto channel = kind.create(name, options);
        if (channel) channel->release();  // it lives as long as the process
      });
}

LONG_CONFORMANCE_CASE(Restart, ACreatorDiesAtAnyPointOfItsEnd, HasCreators(traits)) {
  const Options options = SmallOptions(kind.traits);
  std::unique_ptr<Channel> channel;
  ForEachDeathOfACreator(
      kind,
      [&](const ChannelName& name) {
        auto created = kind.create(name, options);
        if (created) channel = *std::move(created);
        return created.has_value();
      },
      [&](const ChannelName&) { channel.reset(); });
}

}  // namespace
}  // namespace ipc_hammer
