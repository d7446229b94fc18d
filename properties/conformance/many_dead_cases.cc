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

}  // namespace
}  // namespace ipc_hammer
