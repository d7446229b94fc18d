// Rule stopped-peer: a process is stopped at every crash point of an operation, as by SIGSTOP, a
// debugger or a scheduler that has no time for it. It is no dead one: others keep their deadlines
// meanwhile, and when it goes on nothing is lost, doubled or out of order, and nobody sleeps on
// beside what it waits for. So each interleaving of two processes in which one of them stands still
// between two effects is met once, and again when the case is run again.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/case.h"
#include "properties/conformance/crash_points.h"
#include "properties/conformance/scene.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::milliseconds kShort{20};
// How long one looks whether another has fallen asleep; cases hold wherever it is.
constexpr std::chrono::milliseconds kGlance{100};
// The initial messages, those that are sent meanwhile and the stopped one's have room.
constexpr std::size_t kRoom = 4;
constexpr std::uint64_t kQueued = 2;
constexpr int kRounds = static_cast<int>(kRoom) + 2;
// How a victim ends: with the number of what it received, or so.
constexpr int kFailed = 100;

constexpr bool CanBeStopped(const Traits& traits) {
  return kFindsCrashPoints && traits.reach != Reach::kThreads && HasUnits(traits) &&
         traits.deadline_beside_stopped;
}

// One operation of the victim; returns its exit status.
struct Stopping {
  Role role;
  std::function<int(Scene&)> operate;
};

const Stopping kStopsSending = {Role::kProducer, [](Scene& scene) {
                                  return scene.Send(kDead, 0, *scene.victim) ? 0 : kFailed;
                                }};
const Stopping kStopsReceiving = {Role::kConsumer, [](Scene& scene) {
                                    const Bench& bench = scene.bench;
                                    const auto id = ReceiveUnit(*scene.victim, bench.kind.traits,
                                                                bench.options, {}, Soon());
                                    return id ? static_cast<int>(id->sequence) : kFailed;
                                  }};

// With its endpoint closed in the end: until then an asynchronous kind may still have its message.
void Operate(const Stopping& stopping, Scene& scene) {
  const int status = stopping.operate(scene);
  scene.victim.reset();
  _exit(status);
}

using Prepare = std::function<void(Scene&)>;
// Beside the stopped victim, which it lets go on: "" or what is wrong.
using Act = std::function<std::string(Scene&, Victim&)>;

void ForEachStop(const TransportKind& kind, std::size_t capacity, const Prepare& prepare,
                 const Stopping& stopping, const Act& act) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  std::vector<CrashPoint> points(1);
  for (std::size_t i = 0; i <= points.size(); ++i) {
    StillMoves();
    Scene scene(kind, capacity);
    ASSERT_TRUE(scene.bench.ok()) << scene.bench.error();
    ASSERT_NO_FATAL_FAILURE(prepare(scene));
    Victim victim({.prepare = [&] { return scene.AttachVictim(stopping.role); },
                   .operation = [&] { Operate(stopping, scene); }});
    ASSERT_TRUE(victim.is_ready());
    if (i == 0) {
      points = victim.FindCrashPoints();
      ASSERT_FALSE(points.empty());
      continue;
    }
    if (!victim.StopAt(points[i - 1])) continue;
    ASSERT_EQ(act(scene, victim), "") << "stopped at " << Where(points, i - 1);
  }
}

// What the others got and gave beside the stopped one.
struct Meanwhile {
  std::vector<MessageId> received;
  std::uint64_t sent = 0;
  std::string wrong;
};

// The call may be in vain, but it has to come back.
template <typename Call>
auto BackInTime(Meanwhile& meanwhile, const std::string& what, Call call) {
  const std::int64_t start_ns = MonotonicNs();
  auto result = call(Deadline::After(kShort));
  if (MonotonicNs() - start_ns > std::chrono::nanoseconds(kStuckAfter).count()) {
    meanwhile.wrong = what + " is not back by its deadline";
  }
  if (result) return result;
  const Errc code = result.error().code;
  if (code != Errc::kWouldBlock && code != Errc::kTimedOut) {
    meanwhile.wrong = what + ": " + ToString(result.error());
  }
  return result;
}

Result<MessageId> ReceiveBeside(Scene& scene, Deadline deadline) {
  const Bench& bench = scene.bench;
  return ReceiveUnit(*bench.consumer, bench.kind.traits, bench.options, {}, deadline);
}

// Enough rounds for every slot, node and ticket of the channel to be used again, until somebody is
// held up.
Meanwhile ActBeside(Scene& scene) {
  Meanwhile meanwhile;
  const Bench& bench = scene.bench;
  for (int round = 0; round < kRounds; ++round) {
    if (bench.consumer != nullptr) {
      const auto id = BackInTime(meanwhile, "a receive",
                                 [&](Deadline deadline) { return ReceiveBeside(scene, deadline); });
      if (!id) break;
      meanwhile.received.push_back(*id);
    }
    if (bench.producer != nullptr) {
      const auto sent = BackInTime(meanwhile, "a send", [&](Deadline deadline) {
        return scene.Send(kNew, meanwhile.sent, *bench.producer, deadline);
      });
      if (!sent) break;
      ++meanwhile.sent;
    }
  }
  return meanwhile;
}

// A connection of one's own is held up by nobody.
void ExpectProgress(Scene& scene, Meanwhile& meanwhile) {
  if (!scene.bench.kind.traits.connections || !meanwhile.received.empty()) return;
  if (const auto id = ReceiveBeside(scene, Soon())) {
    meanwhile.received.push_back(*id);
  } else {
    meanwhile.wrong = "the others' messages wait for the stopped one's";
  }
}

// Each message once, and those of one producer in their order.
std::string JudgeAll(const Traits& traits, std::vector<MessageId> ids, std::uint64_t live,
                     std::uint64_t dead, std::uint64_t later) {
  const std::string count =
      std::to_string(ids.size()) + " have come of " + std::to_string(live + dead + later);
  if (ids.size() != live + dead + later) return count;
  if (traits.shape == Shape::kTokens) return "";
  std::vector<std::uint64_t> next(kNew + 1);
  for (const MessageId& id : ids) {
    if (id.producer > kNew || id.sequence != next[id.producer]) return "lost, doubled or overtaken";
    ++next[id.producer];
  }
  return next[kLive] == live && next[kDead] == dead && next[kNew] == later ? "" : count;
}

void QueueSome(Scene& scene) {
  for (std::uint64_t i = 0; i < kQueued; ++i) {
    ASSERT_EQ(Said(scene.Send(kLive, i, *scene.bench.producer)), "ok");
  }
}

LONG_CONFORMANCE_CASE(StoppedPeer, OthersKeepTheirDeadlinesBesideAStoppedSender,
                      CanBeStopped(traits) && TakesAnotherProducer(traits)) {
  const auto prepare = [](Scene& scene) {
    ASSERT_NO_FATAL_FAILURE(QueueSome(scene));
    scene.GiveUpTheOnlyProducer();
  };
  ForEachStop(kind, kRoom, prepare, kStopsSending, [&](Scene& scene, Victim& victim) {
    Meanwhile meanwhile = ActBeside(scene);
    ExpectProgress(scene, meanwhile);
    if (!meanwhile.wrong.empty()) return meanwhile.wrong;
    if (const auto end = victim.GoOn(kStuckAfter); end != "exit 0") return "the sender: " + end;
    std::string error;
    const std::size_t expected = kQueued + 1 + meanwhile.sent - meanwhile.received.size();
    std::ranges::copy(scene.Drain(*scene.bench.consumer, error, expected),
                      std::back_inserter(meanwhile.received));
    if (!error.empty()) return error;
    const auto judged = JudgeAll(kind.traits, meanwhile.received, kQueued, 1, meanwhile.sent);
    return judged.empty() ? scene.GoesOn() : judged;
  });
}

LONG_CONFORMANCE_CASE(StoppedPeer, OthersKeepTheirDeadlinesBesideAStoppedReceiver,
                      CanBeStopped(traits) && TakesAnotherConsumer(traits)) {
  const auto prepare = [&](Scene& scene) {
    ASSERT_NO_FATAL_FAILURE(QueueSome(scene));
    if (kind.traits.consumers_max == 1) scene.bench.consumer.reset();
  };
  ForEachStop(kind, kRoom, prepare, kStopsReceiving, [&](Scene& scene, Victim& victim) {
    Bench& bench = scene.bench;
    // One of those that are queued stays for the stopped one.
    Meanwhile meanwhile = ActBeside(scene);
    if (!meanwhile.wrong.empty()) return meanwhile.wrong;
    const std::string end = victim.GoOn(kStuckAfter);
    if (!end.starts_with("exit ") || end == "exit " + std::to_string(kFailed)) {
      return "the receiver: " + end;
    }
    if (bench.consumer == nullptr) {
      auto consumer = bench.channel->Attach(Role::kConsumer, Patience());
      if (!consumer) return "attach: " + ToString(consumer.error());
      bench.consumer = *std::move(consumer);
    }
    std::string error;
    const std::size_t expected = kQueued + meanwhile.sent - 1 - meanwhile.received.size();
    std::ranges::copy(scene.Drain(*bench.consumer, error, expected),
                      std::back_inserter(meanwhile.received));
    if (!error.empty()) return error;
    // The stopped one's is missing among them, and only that.
    if (meanwhile.received.size() + 1 != kQueued + meanwhile.sent) {
      return std::to_string(meanwhile.received.size() + 1) + " have come of " +
             std::to_string(kQueued + meanwhile.sent);
    }
    if (kind.traits.shape == Shape::kTokens) return scene.GoesOn();
    for (std::size_t i = 1; i < meanwhile.received.size(); ++i) {
      const MessageId before = meanwhile.received[i - 1], id = meanwhile.received[i];
      if (id.producer == before.producer && id.sequence <= before.sequence) {
        return std::string("doubled or overtaken");
      }
    }
    return scene.GoesOn();
  });
}

LONG_CONFORMANCE_CASE(StoppedPeer, AReceiverThatComesBesideAStoppedSenderIsWoken,
                      CanBeStopped(traits) && TakesAnotherProducer(traits)) {
  const auto prepare = [](Scene& scene) { scene.GiveUpTheOnlyProducer(); };
  ForEachStop(kind, kRoom, prepare, kStopsSending, [&](Scene& scene, Victim& victim) {
    ThreadActor<Result<MessageId>> receiver([&] {
      return ReceiveUnit(*scene.bench.consumer, kind.traits, scene.bench.options, {kDead, 0},
                         Soon());
    });
    static_cast<void>(receiver.WaitUntilAsleep(kGlance));
    const std::string end = victim.GoOn(kStuckAfter);
    const auto id = receiver.Join();
    if (end != "exit 0") return "the sender: " + end;
    if (!id) return "receive: " + ToString(id.error());
    return *id == MessageId{kDead, 0} ? scene.GoesOn() : "another message than the one sent";
  });
}

LONG_CONFORMANCE_CASE(StoppedPeer, ASenderThatComesBesideAStoppedReceiverIsWoken,
                      CanBeStopped(traits) && traits.exact_capacity &&
                          TakesAnotherConsumer(traits)) {
  const auto prepare = [](Scene& scene) {
    ASSERT_EQ(Said(scene.bench.Fill()), "ok");
    scene.bench.consumer.reset();
  };
  ForEachStop(kind, 1, prepare, kStopsReceiving, [&](Scene& scene, Victim& victim) {
    Bench& bench = scene.bench;
    ThreadActor<Result<void>> sender([&] { return scene.Send(kLive, 1, *bench.producer); });
    static_cast<void>(sender.WaitUntilAsleep(kGlance));
    const std::string end = victim.GoOn(kStuckAfter);
    const auto sent = sender.Join();
    if (end != "exit 0") return "the receiver: " + end;
    if (!sent) return "send: " + ToString(sent.error());
    auto consumer = bench.channel->Attach(Role::kConsumer, Patience());
    if (!consumer) return "attach: " + ToString(consumer.error());
    bench.consumer = *std::move(consumer);
    std::string error;
    const auto ids = scene.Drain(*bench.consumer, error);
    if (!error.empty() || ids.size() != 1) return error + std::to_string(ids.size()) + " are there";
    return scene.GoesOn();
  });
}

}  // namespace
}  // namespace ipc_hammer
