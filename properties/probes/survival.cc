// Do others go on after SIGKILL of a receiver in its sleep and of a sender at any of its crash
// points? Every actor is a process with an endpoint of its own; the channel's creator, which only
// keeps it, is not killed.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/crash_points.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

// Evenly thinned: rule survive-kill looks at all of them.
constexpr std::size_t kPointsMax = 10;
constexpr std::uint8_t kDead = 1, kLiving = 2;

struct Scene {
  explicit Scene(const TransportKind& kind) : options(SmallOptions(kind.traits)) {
    auto created = kind.create(FreshName(), options);
    if (created) {
      channel = *std::move(created);
    } else {
      error = ToString(created.error());
    }
  }

  const Options options;
  std::unique_ptr<Channel> channel;
  std::string error;
};

// What two new actors of one process make of the channel, as an exit status.
enum Outcome : int { kGoesOn, kCannotAttach, kCannotSend, kCannotReceive, kTorn };

int SendAndReceive(Scene& scene) {
  const auto patience = [] { return Deadline::After(kStuckAfter); };
  const auto consumer = scene.channel->Attach(Role::kConsumer, patience());
  if (!consumer) return kCannotAttach;
  const auto producer = scene.channel->Attach(Role::kProducer, patience());
  if (!producer) return kCannotAttach;
  if (!SendNumber(**producer, scene.options, kLiving, patience())) return kCannotSend;
  NumberReceiver receiver(**consumer, scene.options);
  for (;;) {
    const auto number = receiver.NextAfterGaps(patience());
    if (!number) return kCannotReceive;
    const bool is_token = scene.options.message_size_bytes == 0;
    if (is_token || *number == kLiving) return kGoesOn;
    if (*number != kDead) return kTorn;
  }
}

// "" or how the others fare.
std::string OthersFare(Scene& scene) {
  ChildActor others([&] { return SendAndReceive(scene); });
  if (!others.EndsWithin(2 * kStuckAfter)) return "others hang, past their deadlines";
  const std::string end = others.Wait();
  const char* const fares[] = {"", "others cannot attach", "others cannot send",
                               "others cannot receive", "others receive what nobody sent"};
  for (const Outcome outcome : {kGoesOn, kCannotAttach, kCannotSend, kCannotReceive, kTorn}) {
    if (end == "exit " + std::to_string(outcome)) return fares[outcome];
  }
  return "others die: " + end;
}

// "" or what is wrong after a receiver was killed in its sleep.
std::string KillASleeper(Scene& scene) {
  ChildActor sleeper([&] {
    const auto consumer = scene.channel->Attach(Role::kConsumer, Soon());
    if (!consumer) return 1;
    return NumberReceiver(**consumer, scene.options).Next(Deadline::Never()) ? 0 : 1;
  });
  if (!WaitUntilAsleep(sleeper.pid(), sleeper.pid())) return "a receiver does not sleep";
  sleeper.Kill();
  if (const std::string end = sleeper.Wait(); end != "signal 9") {
    return "a receiver does not wait: " + end;
  }
  const std::string fare = OthersFare(scene);
  return fare.empty() ? "" : fare + " after a receiver was killed in its sleep";
}

// A fresh scene with a sender in front of its send. Null if there is none.
struct Sender {
  explicit Sender(const TransportKind& kind)
      : scene(kind),
        victim({.prepare = [this] { return Attach(); },
                .operation =
                    [this] {
                      static_cast<void>(
                          SendNumber(*endpoint, scene.options, kDead, Deadline::Now()));
                    }}) {}

  bool Attach() {
    if (scene.channel == nullptr) return false;
    auto attached = scene.channel->Attach(Role::kProducer, Soon());
    if (attached) endpoint = *std::move(attached);
    return attached.has_value();
  }

  Scene scene;
  std::unique_ptr<Endpoint> endpoint;  // the victim's
  Victim victim;
};

Cell KillSenders(const TransportKind& kind) {
  std::vector<CrashPoint> points;
  {
    Sender sender(kind);
    if (!sender.victim.is_ready()) return Failed("a sender could not be brought to its send");
    points = sender.victim.FindCrashPoints();
  }
  const std::size_t count = std::min(points.size(), kPointsMax);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i * points.size() / count;
    Sender sender(kind);
    if (!sender.victim.is_ready()) return Failed("a sender could not be brought to its send");
    sender.victim.KillAt(points[at]);
    if (const std::string fare = OthersFare(sender.scene); !fare.empty()) {
      return Measured("no", fare + " after a kill at " + Where(points, at) + " of a send");
    }
  }
  return Measured("yes",
                  fmt::format("a receiver was killed in its sleep, and a sender at {} of its "
                              "{} crash points; each time others went on",
                              count, points.size()));
}

}  // namespace

Cell MeasureSurvival(const TransportKind& kind) {
  if (kind.traits.reach == Reach::kThreads) return NotApplicable("threads die together");
  Scene scene(kind);
  if (scene.channel == nullptr) return NotMade(scene.error);
  if (const std::string wrong = KillASleeper(scene); !wrong.empty()) return Measured("no", wrong);
  if (kFindsCrashPoints && CanTrace()) return KillSenders(kind);
  return Measured("yes",
                  "a receiver was killed in its sleep and others went on (a sender cannot be "
                  "stopped at its crash points here)");
}

}  // namespace ipc_hammer
