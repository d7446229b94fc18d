// Rules restart and hostile-peer, as far as they are the same for all kinds: a new process copes
// with every state that a dead or a foreign one can have left under the name.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"
#include "properties/testing/test_sandbox.h"

namespace ipc_hammer {
namespace {

namespace fs = std::filesystem;

// Creates the channel, puts something into it and dies on the spot.
void LeaveADeadOne(const TransportKind& kind, const ChannelName& name, const Options& options) {
  ChildActor creator([&] {
    auto channel = kind.create(name, options);
    if (!channel) return 1;
    auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
    auto producer = (*channel)->Attach(Role::kProducer, Soon());
    if (!consumer || !producer) return 2;
    if (!SendUnit(**producer, kind.traits, options, {0, 7}, Soon())) return 3;
    return raise(SIGKILL);
  });
  ASSERT_EQ(creator.Wait(), "signal 9");
}

// A channel under that very name: created, attached, empty, working.
std::string WorksUnder(const TransportKind& kind, const ChannelName& name) {
  const Options options = UsualOptions(kind.traits);
  auto channel = kind.create(name, options);
  if (!channel) return "create: " + ToString(channel.error());
  auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
  if (!consumer) return "attach: " + ToString(consumer.error());
  auto producer = (*channel)->Attach(Role::kProducer, Soon());
  if (!producer) return "attach: " + ToString(producer.error());
  const auto old = ReceiveUnit(**consumer, kind.traits, options, {});
  if (Said(old) != "would_block") return "an old message, or " + Said(old);
  if (!SendUnit(**producer, kind.traits, options, {}, Soon())) return "cannot send";
  return ReceiveUnit(**consumer, kind.traits, options, {}, Soon()) ? "ok" : "cannot receive";
}

CONFORMANCE_CASE(Restart, ADeadCreatorsNameIsTakenOverAndItsContentDiscarded,
                 traits.reach == Reach::kStrangers) {
  const LeftBehind left;
  const ChannelName name = FreshName();
  LeaveADeadOne(kind, name, UsualOptions(kind.traits));
  EXPECT_EQ(WorksUnder(kind, name), "ok");
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(Restart, UnlinkRemovesAllThatADeadCreatorLeft, traits.reach == Reach::kStrangers) {
  const LeftBehind left;
  const ChannelName name = FreshName();
  LeaveADeadOne(kind, name, UsualOptions(kind.traits));
  // A kind whose name dies with its creator has left nothing.
  const bool nothing = left.Tell().empty();
  EXPECT_EQ(Said(kind.unlink(name)), nothing ? "not_found" : "ok");
  EXPECT_EQ(left.Tell(), "");
  EXPECT_EQ(Said(kind.unlink(name)), "not_found");
  EXPECT_EQ(Said(kind.open(name, Role::kProducer, UsualOptions(kind.traits), Deadline::Now())),
            "not_found");
}

CONFORMANCE_CASE(Restart, ALivingOwnersNameIsRefused, traits.reach == Reach::kStrangers) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  const auto before = NamedObjects();
  EXPECT_EQ(Said(kind.create(bench.name, bench.options)), "exists");
  EXPECT_EQ(Said(kind.unlink(bench.name)), "exists");
  ChildActor other([&] {
    const auto channel = kind.create(bench.name, bench.options);
    return channel ? 98 : static_cast<int>(channel.error().code);
  });
  EXPECT_EQ(other.Wait(), "exit " + std::to_string(static_cast<int>(Errc::kExists)));
  EXPECT_EQ(NamedObjects(), before);
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(bench.Works(), "ok");
}

CONFORMANCE_CASE(Restart, AfterTheEndTheNameIsFree, true) {
  const ChannelName name = FreshName();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(WorksUnder(kind, name), "ok");
}

// A name that is no object of its own (an abstract address, a System V key) may last as long as its
// channel.
CONFORMANCE_CASE(Restart, AnUnlinkedNameIsFreeAndTheOldChannelRemovesNothing,
                 traits.reach == Reach::kStrangers) {
  const auto before = NamedObjects();
  Bench old(kind);
  ASSERT_TRUE(old.ok()) << old.error();
  const bool is_object = !Added(before, NamedObjects()).empty();
  ASSERT_EQ(Said(old.channel->Unlink()), "ok");
  auto fresh = kind.create(old.name, old.options);
  const bool lasts = !is_object && Said(fresh) == "exists";
  if (!lasts) ASSERT_EQ(Said(fresh), "ok");
  const auto names = NamedObjects();
  EXPECT_EQ(Said(old.channel->Unlink()), "ok");
  old.producer.reset();
  old.consumer.reset();
  old.channel.reset();
  EXPECT_EQ(NamedObjects(), names);
  if (lasts) fresh = kind.create(old.name, old.options);
  EXPECT_EQ(Said(fresh), "ok");
  EXPECT_EQ(Said(kind.create(old.name, old.options)), "exists");
}

// What the next channel under the name receives of a producer of the one before.
Result<void> ReceiveFromThePast(const TransportKind& kind) {
  const ChannelName name = FreshName();
  const Options options = UsualOptions(kind.traits);
  auto old = kind.create(name, options);
  if (!old) return std::unexpected(old.error());
  auto old_consumer = (*old)->Attach(Role::kConsumer, Soon());
  if (!old_consumer) return std::unexpected(old_consumer.error());
  const auto producer = kind.open(name, Role::kProducer, options, Soon());
  if (!producer) return std::unexpected(producer.error());
  old_consumer->reset();
  old->reset();
  // Other threads of this process may still be about to close what the old one had.
  const Deadline patience = Soon();
  auto next = kind.create(name, options);
  while (!next && kind.traits.asynchronous && !patience.HasPassed()) {
    next = kind.create(name, options);
  }
  if (!next) return std::unexpected(next.error());
  const auto consumer = (*next)->Attach(Role::kConsumer, Soon());
  if (!consumer) return std::unexpected(consumer.error());
  for (std::uint64_t i = 0; i < 3; ++i) {
    static_cast<void>(SendUnit(**producer, kind.traits, options, {0, i}, Deadline::Now()));
  }
  const auto received = ReceiveUnit(**consumer, kind.traits, options, {},
                                    Deadline::After(std::chrono::milliseconds(20)));
  if (!received) return std::unexpected(received.error());
  return {};
}

CONFORMANCE_CASE(Restart, AnOldProducerDoesNotReachTheNextChannel,
                 traits.reach == Reach::kStrangers && !traits.follows_name) {
  EXPECT_EQ(Said(ReceiveFromThePast(kind)), "timed_out");
}

CONFORMANCE_CASE(Restart, AnOldProducerFollowsTheName, traits.follows_name) {
  EXPECT_EQ(Said(ReceiveFromThePast(kind)), "ok");
}

// The paths that a channel of that name has while it lives.
std::map<std::string, mode_t> PathsOf(const TransportKind& kind, const ChannelName& name) {
  const auto before = NamedObjects();
  const auto channel = kind.create(name, UsualOptions(kind.traits));
  return Added(before, NamedObjects());
}

struct Plant {
  const char* what;
  std::function<bool(const std::string& path)> put;
};

const Plant kForeign[] = {
    {"a folder", [](const std::string& path) { return mkdir(path.c_str(), 0700) == 0; }},
    {"a symbolic link to nowhere",
     [](const std::string& path) {
       return symlink((ScratchFolder() + "/nowhere").c_str(), path.c_str()) == 0;
     }},
    {"a symbolic link to a file",
     [](const std::string& path) {
       const std::string target = ScratchFolder() + "/target";
       std::ofstream(target) << "precious";
       return symlink(target.c_str(), path.c_str()) == 0;
     }},
    {"a FIFO", [](const std::string& path) { return mkfifo(path.c_str(), 0600) == 0; }},
    {"a file", [](const std::string& path) { return std::ofstream(path).is_open(); }},
};

std::string Precious() {
  std::ifstream file(ScratchFolder() + "/target");
  std::string content;
  std::getline(file, content);
  return content;
}

CONFORMANCE_CASE(Restart, AnObjectOfAnotherTypeIsRefusedAndNotTouched,
                 traits.reach == Reach::kStrangers) {
  const ChannelName name = FreshName();
  for (const auto& [path, mode] : PathsOf(kind, name)) {
    for (const Plant& plant : kForeign) {
      if (!plant.put(path)) continue;  // queues' file system holds queues only
      struct stat planted, after;
      ASSERT_EQ(lstat(path.c_str(), &planted), 0);
      if ((planted.st_mode & S_IFMT) == (mode & S_IFMT)) {  // of its own type: a leftover
        fs::remove(path);
        continue;
      }
      const auto channel = kind.create(name, UsualOptions(kind.traits));
      const std::string said = Said(channel);
      EXPECT_TRUE(said == "exists" || said == "permission") << said << ": " << plant.what;
      const auto opened =
          kind.open(name, Role::kProducer, UsualOptions(kind.traits), Deadline::Now());
      EXPECT_FALSE(opened.has_value()) << plant.what;
      EXPECT_FALSE(kind.unlink(name).has_value()) << plant.what;
      ASSERT_EQ(lstat(path.c_str(), &after), 0) << plant.what << " at " << path;
      EXPECT_EQ(after.st_ino, planted.st_ino) << plant.what;
      EXPECT_FALSE(fs::exists(ScratchFolder() + "/nowhere"));
      if (fs::exists(ScratchFolder() + "/target")) EXPECT_EQ(Precious(), "precious");
      fs::remove(path);
      fs::remove(ScratchFolder() + "/target");
    }
  }
  EXPECT_EQ(WorksUnder(kind, name), "ok");
}

bool IsQueue(const std::string& path) {
  const std::string& folder = TestSandbox().queue_folder;
  return !folder.empty() && path.starts_with(folder);
}

// A stranger meets it first. It may get an error or, where the content happens to be well formed,
// an endpoint; what it may not get is a crash, a hang or another object than it asked for.
void UseWhateverIsThere(const TransportKind& kind, const ChannelName& name) {
  const Options options = UsualOptions(kind.traits);
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    const auto endpoint = kind.open(name, role, options, Deadline::Now());
    if (!endpoint) continue;
    if (role == Role::kProducer) {
      static_cast<void>(SendUnit(**endpoint, kind.traits, options, {}));
    } else {
      static_cast<void>(ReceiveUnit(**endpoint, kind.traits, options, {}));
    }
  }
}

// What a creator leaves that died between any two of its steps: a file that is empty, short, or
// filled with something.
CONFORMANCE_CASE(Restart, AHalfMadeFileIsTakenOverAndUsingItEndsWell,
                 traits.reach == Reach::kStrangers) {
  const LeftBehind left;
  const ChannelName name = FreshName();
  for (const auto& [path, mode] : PathsOf(kind, name)) {
    if (!S_ISREG(mode) || IsQueue(path)) continue;
    for (const std::size_t size : {0, 1, 31, 32, 4096, 100'000}) {
      for (const char filler : {'\0', '\xff', 'x'}) {
        std::ofstream file(path);
        if (!file) continue;
        file << std::string(size, filler);
        file.close();
        chmod(path.c_str(), 0600);
        ChildActor stranger([&] {
          UseWhateverIsThere(kind, name);
          return 0;
        });
        EXPECT_EQ(stranger.Wait(), "exit 0") << path << " of " << size << " bytes";
        EXPECT_EQ(WorksUnder(kind, name), "ok") << path << " of " << size << " bytes";
      }
    }
  }
  EXPECT_EQ(left.Tell(), "");
}

CONFORMANCE_CASE(HostilePeer, AKilledProducersMessagesArriveAndTheChannelGoesOn,
                 traits.reach != Reach::kThreads && traits.producers_max > 1 &&
                     (traits.survives_kill || !traits.asynchronous)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ChildActor producer([&] {
    auto endpoint = bench.channel->Attach(Role::kProducer, Soon());
    if (!endpoint) return 1;
    for (std::uint64_t i = 0; i < 3; ++i) {
      if (!SendUnit(**endpoint, kind.traits, bench.options, {0, i}, Soon())) return 2;
    }
    return raise(SIGKILL);
  });
  EXPECT_EQ(producer.Wait(), "signal 9");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
}

}  // namespace
}  // namespace ipc_hammer
