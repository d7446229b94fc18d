// Rule survive-kill: a process is killed at every crash point of a send or a receive, each time on
// a fresh channel; then others go on with what it left.
//
// The cases apply to no kind where crash points are not looked for. Nothing is missed there:
// ThreadSanitizer sees nothing of what happens between processes.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/case.h"
#include "properties/conformance/crash_points.h"
#include "properties/conformance/scene.h"

namespace ipc_hammer {
namespace {

constexpr bool Survives(const Traits& traits) {
  return kFindsCrashPoints && traits.survives_kill && traits.reach != Reach::kThreads &&
         HasUnits(traits);
}

// How long a waiter may take to come round. What it seems to have overlooked at a glance may only
// not have run yet, so the same crash point is then looked at for longer, on a scene of its own.
constexpr std::chrono::milliseconds kGlance{60};
constexpr std::chrono::milliseconds kStare = kStuckAfter;
const std::string kOverlooked = "the waiter sleeps on beside what it waits for";

using Waiter = std::optional<ChildActor>;
using Prepare = std::function<void(Scene&, Waiter&)>;
// "" or what is wrong, after the death.
using Look = std::function<std::string(Scene&, Waiter&, std::chrono::milliseconds)>;

// One operation of the victim, with an endpoint that only it has.
struct Dying {
  Role role;
  std::function<void(Scene&)> operate;
};

// A fresh scene with a victim in front of its operation; then `act` with the victim, then `look`.
template <typename Act>
void OnAScene(const TransportKind& kind, const Prepare& prepare, const Dying& dying, Act act) {
  Scene scene(kind);
  ASSERT_TRUE(scene.bench.ok()) << scene.bench.error();
  Waiter waiter;
  ASSERT_NO_FATAL_FAILURE(prepare(scene, waiter));
  Victim victim({.prepare = [&] { return scene.AttachVictim(dying.role); },
                 .operation = [&] { dying.operate(scene); }});
  ASSERT_TRUE(victim.is_ready());
  act(scene, waiter, victim);
}

void ForEachCrashPoint(const TransportKind& kind, const Prepare& prepare, const Dying& dying,
                       const Look& look) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  std::vector<CrashPoint> points;
  // Twice: what a process does once (registers for membarrier(2)) is done when the survivors first
  // go on, and those who die later inherit it. The points are of those who inherit it.
  for (int i = 0; i < 2; ++i) {
    ASSERT_NO_FATAL_FAILURE(
        OnAScene(kind, prepare, dying, [&](Scene& scene, Waiter& waiter, Victim& victim) {
          points = victim.FindCrashPoints();
          if (i == 0) static_cast<void>(look(scene, waiter, kStare));
        }));
  }
  ASSERT_FALSE(points.empty());
  for (std::size_t i = 0; i < points.size(); ++i) {
    StillMoves();
    std::string wrong = kOverlooked;
    for (const auto patience : {kGlance, kStare}) {
      if (wrong != kOverlooked) break;
      ASSERT_NO_FATAL_FAILURE(
          OnAScene(kind, prepare, dying, [&](Scene& scene, Waiter& waiter, Victim& victim) {
            victim.KillAt(points[i]);
            wrong = look(scene, waiter, patience);
          }));
    }
    ASSERT_EQ(wrong, "") << "killed at " << Where(points, i);
  }
}

const Dying kDiesSending = {
    Role::kProducer,
    [](Scene& scene) { static_cast<void>(scene.Send(kDead, 0, *scene.victim, Deadline::Now())); }};
const Dying kDiesReceiving = {
    Role::kConsumer, [](Scene& scene) {
      static_cast<void>(
          ReceiveUnit(*scene.victim, scene.bench.kind.traits, scene.bench.options, {}));
    }};

// After `queued` units of the living, the dead one's may or may not have been sent.
std::string JudgeDeadProducer(Scene& scene, std::size_t queued) {
  std::string error;
  std::vector<MessageId> ids = scene.Drain(*scene.bench.consumer, error);
  if (!error.empty()) return error;
  if (scene.bench.kind.traits.shape == Shape::kTokens) {
    if (ids.size() != queued && ids.size() != queued + 1) {
      return std::to_string(ids.size()) + " tokens are there of " + std::to_string(queued);
    }
    return scene.GoesOn();
  }
  const auto is_dead = [](MessageId id) { return id == MessageId{kDead, 0}; };
  if (std::ranges::count_if(ids, is_dead) > 1) return "the dead one's message came twice";
  std::erase_if(ids, is_dead);
  if (ids.size() != queued) {
    return std::to_string(ids.size()) + " messages are there of " + std::to_string(queued);
  }
  for (std::size_t i = 0; i < queued; ++i) {
    if (ids[i] != MessageId{kLive, i}) return "messages of the living in another order";
  }
  return scene.GoesOn();
}

LONG_CONFORMANCE_CASE(SurviveKill, AProducerDiesAtAnyPointOfASend,
                      Survives(traits) && TakesAnotherProducer(traits)) {
  ForEachCrashPoint(
      kind,
      [&](Scene& scene, Waiter&) {
        for (std::uint64_t i = 0; i < 2; ++i) {
          ASSERT_EQ(Said(scene.Send(kLive, i, *scene.bench.producer)), "ok");
        }
        scene.GiveUpTheOnlyProducer();
      },
      kDiesSending, [](Scene& scene, Waiter&, auto) { return JudgeDeadProducer(scene, 2); });
}

// At most the message in flight is lost, which is the first.
std::string JudgeDeadConsumer(Scene& scene, std::size_t queued) {
  Bench& bench = scene.bench;
  auto consumer = bench.channel->Attach(Role::kConsumer, Patience());
  if (!consumer) return "attach: " + ToString(consumer.error());
  bench.consumer = *std::move(consumer);
  std::string error;
  const std::vector<MessageId> ids = scene.Drain(*bench.consumer, error);
  if (!error.empty()) return error;
  if (ids.size() != queued && ids.size() + 1 != queued) {
    return std::to_string(ids.size()) + " units are there of " + std::to_string(queued);
  }
  for (std::size_t i = 0; i < ids.size() && bench.kind.traits.shape == Shape::kMessages; ++i) {
    if (ids[i] != MessageId{kLive, queued - ids.size() + i}) return "another order, or a loss";
  }
  return scene.GoesOn();
}

LONG_CONFORMANCE_CASE(SurviveKill, AConsumerDiesAtAnyPointOfAReceive,
                      Survives(traits) && TakesAnotherConsumer(traits)) {
  ForEachCrashPoint(
      kind,
      [&](Scene& scene, Waiter&) {
        for (std::uint64_t i = 0; i < 3; ++i) {
          ASSERT_EQ(Said(scene.Send(kLive, i, *scene.bench.producer)), "ok");
        }
        scene.bench.consumer.reset();
      },
      kDiesReceiving, [](Scene& scene, Waiter&, auto) { return JudgeDeadConsumer(scene, 3); });
}

// A producer for what has to be sent now.
Result<void> SendAsLiving(Scene& scene) {
  Bench& bench = scene.bench;
  if (bench.producer == nullptr) {
    auto producer = bench.channel->Attach(Role::kProducer, Patience());
    if (!producer) return std::unexpected(producer.error());
    bench.producer = *std::move(producer);
  }
  return scene.Send(kLive, 0, *bench.producer, Patience());
}

// The waiter has ended well, and what the dead one left besides is no hindrance.
std::string EndsWell(Scene& scene, Waiter& waiter) {
  if (const std::string end = waiter->Wait(); end != "exit 0") return "the waiter: " + end;
  std::string error;
  static_cast<void>(scene.Drain(*scene.bench.consumer, error));
  return error.empty() ? scene.GoesOn() : error;
}

std::string LookAtReceiver(Scene& scene, Waiter& waiter, std::chrono::milliseconds patience) {
  const Bench& bench = scene.bench;
  if (waiter->EndsWithin(patience)) return EndsWell(scene, waiter);
  // Either nothing was sent, or it lies there and the waiter does not know.
  if (ReceiveUnit(*bench.consumer, bench.kind.traits, bench.options, {})) return kOverlooked;
  if (const auto sent = SendAsLiving(scene); !sent) return "send: " + ToString(sent.error());
  if (!waiter->EndsWithin(kStare)) return "the receiver is not woken by another send";
  return EndsWell(scene, waiter);
}

LONG_CONFORMANCE_CASE(SurviveKill, AProducerDiesAtAnyPointOfASendThatWakesAReceiver,
                      Survives(traits) && TakesAnotherProducer(traits) &&
                          traits.consumers_max > 1) {
  const auto prepare = [&](Scene& scene, Waiter& waiter) {
    scene.GiveUpTheOnlyProducer();
    waiter.emplace([&] {
      auto consumer = scene.bench.channel->Attach(Role::kConsumer, Soon());
      if (!consumer) return 2;
      return ReceiveUnit(**consumer, kind.traits, scene.bench.options, {}, Soon()) ? 0 : 1;
    });
    ASSERT_TRUE(WaitUntilAsleep(waiter->pid(), waiter->pid()));
  };
  ForEachCrashPoint(kind, prepare, kDiesSending, LookAtReceiver);
}

std::string LookAtSender(Scene& scene, Waiter& waiter, std::chrono::milliseconds patience) {
  Bench& bench = scene.bench;
  auto consumer = bench.channel->Attach(Role::kConsumer, Patience());
  if (!consumer) return "attach: " + ToString(consumer.error());
  bench.consumer = *std::move(consumer);
  if (waiter->EndsWithin(patience)) return EndsWell(scene, waiter);
  // Either nothing was received, or there is room and the waiter does not know.
  if (scene.Send(kLive, 99, *bench.producer, Deadline::Now())) return kOverlooked;
  const auto taken = ReceiveUnit(*bench.consumer, bench.kind.traits, bench.options, {}, Patience());
  if (!taken) return "receive: " + ToString(taken.error());
  if (!waiter->EndsWithin(kStare)) return "the sender is not woken by another receive";
  return EndsWell(scene, waiter);
}

LONG_CONFORMANCE_CASE(SurviveKill, AConsumerDiesAtAnyPointOfAReceiveThatWakesASender,
                      Survives(traits) && traits.exact_capacity && traits.producers_max > 1 &&
                          TakesAnotherConsumer(traits)) {
  const auto prepare = [&](Scene& scene, Waiter& waiter) {
    ASSERT_EQ(Said(scene.bench.Fill()), "ok");
    scene.bench.consumer.reset();
    waiter.emplace([&] {
      auto producer = scene.bench.channel->Attach(Role::kProducer, Soon());
      if (!producer) return 2;
      return scene.Send(kNew, 0, **producer) ? 0 : 1;
    });
    ASSERT_TRUE(WaitUntilAsleep(waiter->pid(), waiter->pid()));
  };
  ForEachCrashPoint(kind, prepare, kDiesReceiving, LookAtSender);
}

}  // namespace
}  // namespace ipc_hammer
