// Rule survive-kill: more users are killed than a table of them has places (mutouyun/cpp-ipc#22:
// 32), each with an endpoint and in the middle of nothing; the next one works all the same.
#include <signal.h>
#include <unistd.h>

#include <string>

#include "properties/conformance/actors.h"
#include "properties/conformance/case.h"
#include "properties/conformance/scene.h"

namespace ipc_hammer {
namespace {

constexpr int kUsers = 70;

// Uses the channel once and dies with its endpoint.
int UseAndDie(Scene& scene, Role role) {
  if (!scene.AttachVictim(role)) return 1;
  const Bench& bench = scene.bench;
  if (role == Role::kProducer && !scene.Send(kDead, 0, *scene.victim)) return 2;
  if (role == Role::kConsumer) {
    static_cast<void>(
        ReceiveUnit(*scene.victim, bench.kind.traits, bench.options, {}, Deadline::Now()));
  }
  kill(getpid(), SIGKILL);
  return 3;
}

// The end of the one before may be told first.
Result<MessageId> ReceiveNext(Bench& bench, Deadline deadline) {
  auto id = ReceiveUnit(*bench.consumer, bench.kind.traits, bench.options, {kDead, 0}, deadline);
  if (id || id.error().code != Errc::kPeerClosed) return id;
  return ReceiveUnit(*bench.consumer, bench.kind.traits, bench.options, {kDead, 0}, deadline);
}

CONFORMANCE_CASE(SurviveKill, MoreDieThanAnyTableOfThemHasPlaces,
                 traits.survives_kill&& traits.reach != Reach::kThreads && HasUnits(traits) &&
                     TakesAnotherProducer(traits)) {
  Scene scene(kind);
  ASSERT_TRUE(scene.bench.ok()) << scene.bench.error();
  scene.GiveUpTheOnlyProducer();
  for (int i = 0; i < kUsers; ++i) {
    StillMoves();
    const bool receives = kind.traits.consumers_max > 1 && i % 2 != 0;
    ChildActor user([&] { return UseAndDie(scene, receives ? Role::kConsumer : Role::kProducer); });
    ASSERT_EQ(user.Wait(), "signal 9") << "user " << i;
    if (receives) continue;
    ASSERT_EQ(Said(ReceiveNext(scene.bench, Soon())), "ok") << "after user " << i;
  }
  EXPECT_EQ(scene.GoesOn(), "");
}

constexpr int kSleepers = 3;

// Whoever wakes others must not wait for those that died in their sleep (boostorg/interprocess#69).
CONFORMANCE_CASE(SurviveKill, ReceiversThatDieAsleepHoldUpNobody,
                 traits.survives_kill&& traits.reach != Reach::kThreads && HasUnits(traits) &&
                     traits.consumers_max > 1) {
  Scene scene(kind);
  ASSERT_TRUE(scene.bench.ok()) << scene.bench.error();
  for (int i = 0; i < kSleepers; ++i) {
    StillMoves();
    ChildActor sleeper([&] {
      if (!scene.AttachVictim(Role::kConsumer)) return 1;
      const Bench& bench = scene.bench;
      return ReceiveUnit(*scene.victim, kind.traits, bench.options, {}, Deadline::Never()) ? 2 : 3;
    });
    ASSERT_TRUE(WaitUntilAsleep(sleeper.pid(), sleeper.pid()));
    sleeper.Kill();
    ASSERT_EQ(sleeper.Wait(), "signal 9");
  }
  EXPECT_EQ(scene.GoesOn(), "");
}

CONFORMANCE_CASE(SurviveKill, SendersThatDieAsleepHoldUpNobody,
                 traits.survives_kill&& traits.reach != Reach::kThreads && HasUnits(traits) &&
                     traits.producers_max > 1 && traits.exact_capacity) {
  Scene scene(kind);
  Bench& bench = scene.bench;
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto filled = bench.Fill();
  ASSERT_EQ(Said(filled), "ok");
  for (int i = 0; i < kSleepers; ++i) {
    StillMoves();
    ChildActor sleeper([&] {
      if (!scene.AttachVictim(Role::kProducer)) return 1;
      return scene.Send(kDead, 0, *scene.victim, Deadline::Never()) ? 2 : 3;
    });
    ASSERT_TRUE(WaitUntilAsleep(sleeper.pid(), sleeper.pid()));
    sleeper.Kill();
    ASSERT_EQ(sleeper.Wait(), "signal 9");
  }
  ASSERT_EQ(Said(bench.Drain(*filled)), "ok");
  EXPECT_EQ(scene.GoesOn(), "");
}

}  // namespace
}  // namespace ipc_hammer
