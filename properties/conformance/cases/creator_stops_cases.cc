// Rules stopped-peer and private: a creator is stopped at every crash point of its create and of
// its end, each time under a name of its own, while others open, look at and create the same name.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/crash_points.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::milliseconds kShort{20};

Deadline Patience() { return Deadline::After(kStuckAfter); }

// What the two processes say to each other, one letter at a time.
class Line {
 public:
  Line() {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0) ends_ = {-1, -1};
  }
  ~Line() {
    for (const int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  enum Side { kCase, kVictim };
  void Say(Side side, char letter) { static_cast<void>(write(ends_[side], &letter, 1)); }
  // '?' if nothing is said for a long time.
  char Hear(Side side) {
    pollfd heard{ends_[side], POLLIN, 0};
    char letter = '?';
    if (poll(&heard, 1, static_cast<int>(std::chrono::milliseconds(20'000).count())) == 1) {
      static_cast<void>(read(ends_[side], &letter, 1));
    }
    return letter;
  }

 private:
  std::array<int, 2> ends_{};
};

std::string SendOne(const TransportKind& kind, const Options& options, Endpoint& producer) {
  const auto sent = SendUnit(producer, kind.traits, options, {}, Patience());
  return sent ? "" : "send: " + ToString(sent.error());
}

// The owner of the name gets what is sent to the name: "" or what does not work.
std::string SendToName(const TransportKind& kind, const ChannelName& name, const Options& options,
                       std::unique_ptr<Endpoint>& producer) {
  auto opened = kind.open(name, Role::kProducer, options, Patience());
  if (!opened) return "open: " + ToString(opened.error());
  producer = *std::move(opened);
  return SendOne(kind, options, *producer);
}

std::string ReceiveAsOwner(const TransportKind& kind, const ChannelName& name,
                           const Options& options, Channel& channel) {
  const auto consumer = channel.Attach(Role::kConsumer, Patience());
  if (!consumer) return "attach: " + ToString(consumer.error());
  std::unique_ptr<Endpoint> producer;
  const auto wrong = SendToName(kind, name, options, producer);
  if (!wrong.empty()) return wrong;
  const auto id = ReceiveUnit(**consumer, kind.traits, options, {}, Patience());
  return id ? "" : "receive: " + ToString(id.error());
}

// A creator that says whether it owns the name now, and what it got by it.
void CreateAndReceive(const TransportKind& kind, const ChannelName& name, const Options& options,
                      Line& line) {
  auto channel = kind.create(name, options);
  if (!channel) return line.Say(Line::kVictim, channel.error().code == Errc::kExists ? 'x' : 'e');
  const auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
  line.Say(Line::kVictim, consumer ? 'o' : 'e');
  if (!consumer || line.Hear(Line::kVictim) != 'r') return;
  const auto id = ReceiveUnit(**consumer, kind.traits, options, {}, Patience());
  line.Say(Line::kVictim, id ? 'r' : 'e');
}

// Beside a creator that stands still: whoever opens is told in time. What it gets is kept, because
// some channels end with their last producer.
std::string OpensInTime(const TransportKind& kind, const ChannelName& name, const Options& options,
                        std::unique_ptr<Endpoint>& opened) {
  const std::int64_t start_ns = MonotonicNs();
  auto result = kind.open(name, Role::kProducer, options, Deadline::After(kShort));
  if (MonotonicNs() - start_ns > std::chrono::nanoseconds(kStuckAfter).count()) {
    return "an opener is not back by its deadline";
  }
  if (result) {
    opened = *std::move(result);
    return "";
  }
  constexpr std::array kFair = {Errc::kNotFound, Errc::kTimedOut, Errc::kWouldBlock};
  const bool fair = std::ranges::find(kFair, result.error().code) != kFair.end();
  return fair ? "" : "open: " + ToString(result.error());
}

// Once the stopped one has gone on: exactly one of the two owns the name, and gets what is sent.
std::string JudgeOwners(const TransportKind& kind, const ChannelName& name, const Options& options,
                        Line& line, std::unique_ptr<Endpoint>& opened,
                        Result<std::unique_ptr<Channel>>& second) {
  const char first = line.Hear(Line::kCase);
  if (first != 'o' && first != 'x') return "the stopped creator neither owns the name nor is told";
  if (first == 'o' && second) return "two creators own the name";
  if (first == 'x' && !second) return "neither of two creators owns the name";
  if (second) {
    opened.reset();
    return ReceiveAsOwner(kind, name, options, **second);
  }
  line.Say(Line::kCase, 'r');
  const std::string wrong =
      opened ? SendOne(kind, options, *opened) : SendToName(kind, name, options, opened);
  if (!wrong.empty()) return wrong;
  return line.Hear(Line::kCase) == 'r' ? "" : "the owner does not receive what is sent to the name";
}

std::string TwoCreate(const TransportKind& kind, const ChannelName& name, const Options& options,
                      Line& line, Victim& victim) {
  std::unique_ptr<Endpoint> opened;
  if (const auto wrong = OpensInTime(kind, name, options, opened); !wrong.empty()) return wrong;
  const std::int64_t start_ns = MonotonicNs();
  auto second = kind.create(name, options);
  if (MonotonicNs() - start_ns > std::chrono::nanoseconds(kStuckAfter).count()) {
    return "a second creator is held up";
  }
  if (!second && second.error().code != Errc::kExists) return "create: " + ToString(second.error());
  victim.LetGo();
  const std::string wrong = JudgeOwners(kind, name, options, line, opened, second);
  second = Fail(Errc::kClosed, "");
  line.Say(Line::kCase, 'e');
  if (!wrong.empty()) return wrong;
  const std::string end = victim.GoOn(kStuckAfter);
  return end == "exit 0" ? "" : "the creator: " + end;
}

std::vector<CrashPoint> PointsOf(const VictimBody& body) {
  Victim victim(body);
  return victim.is_ready() ? victim.FindCrashPoints() : std::vector<CrashPoint>{};
}

// The points of a create, without those of the end of its process. Each time under a name of its
// own, which is taken over afterwards.
std::vector<CrashPoint> PointsOfACreate(const TransportKind& kind, const Options& options) {
  const auto with_create = [&](auto look) {
    const ChannelName name = FreshName();
    std::unique_ptr<Channel> channel;
    auto seen = look(VictimBody{.prepare = [] { return true; },
                                .operation =
                                    [&] {
                                      auto created = kind.create(name, options);
                                      if (created) channel = *std::move(created);
                                    }});
    static_cast<void>(kind.create(name, options));
    return seen;
  };
  const auto calls = [](const VictimBody& body) { return Victim(body).CountSystemCalls(); };
  const std::uint64_t end = calls({.prepare = [] { return true; }, .operation = [] {}});
  const std::uint64_t all = with_create(calls);
  std::vector<CrashPoint> points = with_create(PointsOf);
  std::erase_if(points, [&](const CrashPoint& point) { return point.system_calls + end > all; });
  return points;
}

// The requested mode is 0600, and the creator's umask takes nothing away.
LONG_CONFORMANCE_CASE(Private, OthersHaveNoAccessAtAnyMomentOfACreate,
                      (kFindsCrashPoints && traits.reach == Reach::kStrangers)) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  const Options options = SmallOptions(kind.traits);
  const std::vector<CrashPoint> points = PointsOfACreate(kind, options);
  ASSERT_FALSE(points.empty());
  for (std::size_t i = 0; i < points.size(); ++i) {
    StillMoves();
    const ChannelName name = FreshName();
    const auto before = NamedObjects();
    {
      Victim victim({.prepare =
                         [] {
                           umask(0);
                           return true;
                         },
                     .operation = [&] { static_cast<void>(kind.create(name, options)); }});
      ASSERT_TRUE(victim.is_ready());
      if (!victim.StopAt(points[i])) continue;
      for (const auto& [path, mode] : Added(before, NamedObjects())) {
        ASSERT_EQ(mode & 0177, 0U) << path << ", stopped at " << Where(points, i);
      }
    }
    static_cast<void>(kind.create(name, options));  // takes over what the dead one left
  }
}

// The flags of each descriptor of the process, by its number.
std::map<int, unsigned> DescriptorFlags(pid_t process) {
  std::map<int, unsigned> flags;
  for (const int number : OpenDescriptors(process)) {
    std::ifstream info("/proc/" + std::to_string(process) + "/fdinfo/" + std::to_string(number));
    for (std::string key; info >> key;) {
      if (key == "flags:") info >> std::oct >> flags[number];
    }
  }
  return flags;
}

// Set a moment after its birth the flag comes too late for what another thread forks and execs in
// between (redis/hiredis#555).
LONG_CONFORMANCE_CASE(ForkExec, EveryDescriptorIsCloseOnExecFromItsBirth,
                      (kFindsCrashPoints && traits.cloexec_from_birth &&
                       traits.reach != Reach::kThreads)) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  const Options options = SmallOptions(kind.traits);
  const auto make = [&] {
    auto channel = kind.create(FreshName(), options);
    if (!channel) return;
    auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
    auto producer = (*channel)->Attach(Role::kProducer, Soon());
  };
  const VictimBody makes = {.prepare = [] { return true; }, .operation = make};
  std::vector<CrashPoint> points = PointsOf(makes);
  ASSERT_FALSE(points.empty());
  // Only system calls make descriptors.
  std::erase_if(points, [](const CrashPoint& point) { return point.instructions != 0; });
  for (std::size_t i = 0; i < points.size(); ++i) {
    StillMoves();
    Victim victim(makes);
    ASSERT_TRUE(victim.is_ready());
    const std::map<int, unsigned> before = DescriptorFlags(victim.pid());
    if (!victim.StopAt(points[i])) continue;
    for (const auto& [number, flags] : Added(before, DescriptorFlags(victim.pid()))) {
      ASSERT_NE(flags & O_CLOEXEC, 0U) << "descriptor " << number << ", " << Where(points, i);
    }
    ASSERT_EQ(victim.GoOn(kStuckAfter), "exit 0");
  }
}

LONG_CONFORMANCE_CASE(StoppedPeer, OneOfTwoCreatorsOwnsTheName,
                      (kFindsCrashPoints && traits.reach == Reach::kStrangers)) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  const Options options = SmallOptions(kind.traits);
  const std::vector<CrashPoint> points = PointsOfACreate(kind, options);
  ASSERT_FALSE(points.empty());
  for (std::size_t i = 0; i < points.size(); ++i) {
    StillMoves();
    const ChannelName name = FreshName();
    const LeftBehind left;
    {
      Line line;
      Victim victim({.prepare = [] { return true; },
                     .operation = [&] { CreateAndReceive(kind, name, options, line); }});
      ASSERT_TRUE(victim.is_ready());
      if (!victim.StopAt(points[i])) continue;
      ASSERT_EQ(TwoCreate(kind, name, options, line, victim), "")
          << "stopped at " << Where(points, i);
    }
    ASSERT_EQ(left.Tell(), "") << "stopped at " << Where(points, i);
  }
}

// Beside an owner that stands still in the middle of its end.
std::string SucceedTo(const TransportKind& kind, const ChannelName& name, const Options& options,
                      Victim& victim) {
  const std::int64_t start_ns = MonotonicNs();
  auto successor = kind.create(name, options);
  if (MonotonicNs() - start_ns > std::chrono::nanoseconds(kStuckAfter).count()) {
    return "a successor is held up";
  }
  if (!successor && successor.error().code != Errc::kExists) {
    return "create: " + ToString(successor.error());
  }
  if (const auto end = victim.GoOn(kStuckAfter); end != "exit 0") return "the owner: " + end;
  if (!successor) successor = kind.create(name, options);
  if (!successor) return "create, after the end: " + ToString(successor.error());
  const auto third = kind.create(name, options);
  if (third) return "a third creates under the successor's name";
  if (third.error().code != Errc::kExists) return "create by a third: " + ToString(third.error());
  return ReceiveAsOwner(kind, name, options, **successor);
}

LONG_CONFORMANCE_CASE(StoppedPeer, AnOwnersEndTakesNothingFromItsSuccessor,
                      (kFindsCrashPoints && traits.reach == Reach::kStrangers)) {
  if (!CanTrace()) GTEST_SKIP() << "a child cannot be traced here";
  const Options options = SmallOptions(kind.traits);
  std::unique_ptr<Channel> channel;
  ChannelName name;
  const VictimBody ends = {.prepare =
                               [&] {
                                 auto created = kind.create(name, options);
                                 if (created) channel = *std::move(created);
                                 return created.has_value();
                               },
                           .operation = [&] { channel.reset(); }};
  name = FreshName();
  const std::vector<CrashPoint> points = PointsOf(ends);
  ASSERT_FALSE(points.empty());
  for (std::size_t i = 0; i < points.size(); ++i) {
    StillMoves();
    name = FreshName();
    const LeftBehind left;
    {
      Victim victim(ends);
      ASSERT_TRUE(victim.is_ready());
      if (!victim.StopAt(points[i])) continue;
      ASSERT_EQ(SucceedTo(kind, name, options, victim), "") << "stopped at " << Where(points, i);
    }
    ASSERT_EQ(left.Tell(), "") << "stopped at " << Where(points, i);
  }
}

}  // namespace
}  // namespace ipc_hammer
