// Rule no-leak: descriptors, mappings, names and all the rest: after equals before, on the good way
// and on every bad one.
#include <memory>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

CONFORMANCE_CASE(NoLeak, ManyLivesLeaveNothing, true) {
  ASSERT_TRUE(Bench(kind).ok());
  const LeftBehind left;
  for (int life = 0; life < 20; ++life) {
    Bench bench(kind);
    ASSERT_TRUE(bench.ok()) << bench.error();
    if (life % 2 == 0) ASSERT_EQ(bench.Works(), "ok");
    if (life % 4 == 0) bench.channel->Detach();
    if (life % 5 == 0) ASSERT_EQ(Said(bench.channel->Unlink()), "ok");
  }
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(NoLeak, MessagesThatNobodyReceivedLeaveNothing, true) {
  const LeftBehind left;
  {
    Bench bench(kind);
    ASSERT_TRUE(bench.ok()) << bench.error();
    for (std::size_t i = 0; i < bench.options.capacity_messages; ++i) {
      ASSERT_EQ(Said(bench.Send(Soon())), "ok");
    }
  }
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(NoLeak, AChannelThatNobodyUsedLeavesNothing, true) {
  const LeftBehind left;
  const ChannelName name = FreshName();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Said(kind.create(name, UsualOptions(kind.traits))), "ok");
    EXPECT_EQ(left.Tell(), "");
  }
}

CONFORMANCE_CASE(NoLeak, UnlinkRemovesTheNameAndTheEndpointsStayUsable, true) {
  const auto names_before = NamedObjects();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Said(bench.channel->Unlink()), "ok");
    EXPECT_EQ(Added(names_before, NamedObjects()).size(), 0U);
    EXPECT_EQ(bench.Works(), "ok");
  }
}

CONFORMANCE_CASE(NoLeak, StrangersThatComeAndGoLeaveNothing,
                 traits.reach == Reach::kStrangers && traits.reopens_producer) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  bench.producer.reset();
  const LeftBehind left;
  for (int i = 0; i < 5; ++i) {
    const auto endpoint = kind.open(bench.name, Role::kProducer, bench.options, Soon());
    EXPECT_EQ(Said(endpoint), "ok");
  }
  // A connection that was never taken is the listener's until it looks.
  static_cast<void>(bench.Receive());
  bench.consumer.reset();
  bench.channel.reset();
  const std::string told = left.Tell();
  EXPECT_EQ(told.find("+1"), std::string::npos) << told;
}

}  // namespace
}  // namespace ipc_hammer
