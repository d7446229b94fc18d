// Rule fork-exec: a forked child's exit destroys nothing of its parent's; an exec'ed child inherits
// nothing.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

constexpr bool CanFork(const Traits& traits) { return traits.reach != Reach::kThreads; }

CONFORMANCE_CASE(ForkExec, AChildThatDestroysItsCopiesDestroysNothing, CanFork(traits)) {
  const auto before = NamedObjects();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  const auto made = Added(before, NamedObjects());
  ASSERT_EQ(Said(bench.Send(Soon())), "ok");
  ChildActor child([&] {
    bench.producer.reset();
    bench.consumer.reset();
    bench.channel.reset();
    return 0;
  });
  EXPECT_EQ(child.Wait(), "exit 0");
  EXPECT_EQ(Added(before, NamedObjects()), made);
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(bench.Works(), "ok");
  if (kind.traits.reach != Reach::kStrangers) return;
  // A lock that parent and child share is let go by either (awslabs/aws-c-common#1192).
  EXPECT_EQ(Said(kind.create(bench.name, bench.options)), "exists");
  if (kind.traits.producers_max < 2) return;
  EXPECT_EQ(Said(kind.open(bench.name, Role::kProducer, bench.options, Soon())), "ok");
}

// Made before main: what is made later is destroyed earlier. What comes after it at the end of a
// process, the leak checker above all, is not the child's affair.
class EndsTheChild {
 public:
  ~EndsTheChild() {
    if (is_child) _exit(0);
  }
  bool is_child = false;
};
EndsTheChild ends_the_child;

// A child that exits by exit(3) runs the destructors of objects with static storage, its parent's
// as well: a context that waits there for threads that were not forked never ends.
CONFORMANCE_CASE(ForkExec, AChildThatExitsIsNotHeldUpByWhatItHasInherited, CanFork(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(), "ok");
  ChildActor child([&] {
    bench.producer.reset();
    bench.consumer.reset();
    bench.channel.reset();
    ends_the_child.is_child = true;
    exit(0);
    return 1;
  });
  EXPECT_EQ(child.Wait(), "exit 0");
  EXPECT_EQ(bench.Works(), "ok");
}

// The parent has used the channel before, so the child inherits what that made; and both use it at
// once, so that neither may go on as the other (zeromq/libzmq#3223).
CONFORMANCE_CASE(ForkExec, AChildSendsThroughAnEndpointOfItsOwn,
                 CanFork(traits) && traits.producers_max > 1) {
  const std::uint64_t units = kind.traits.lossy ? 3 : 1000;
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(1), "ok");
  ChildActor child([&] {
    const auto endpoint = bench.channel->Attach(Role::kProducer, Soon());
    if (!endpoint) return 1;
    for (std::uint64_t i = 1; i <= units; ++i) {
      if (!SendUnit(**endpoint, kind.traits, bench.options, {0, i}, Soon())) return 2;
    }
    return 0;
  });
  for (std::uint64_t i = 0; i < units; ++i) ASSERT_EQ(Said(bench.Receive(Soon())), "ok") << i;
  EXPECT_EQ(child.Wait(), "exit 0");
}

CONFORMANCE_CASE(ForkExec, AStrangerSendsToWhatItKnowsByName,
                 traits.reach == Reach::kStrangers && traits.producers_max > 1) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ChildActor child([&] {
    const auto endpoint = kind.open(bench.name, Role::kProducer, bench.options, Soon());
    if (!endpoint) return 1;
    return SendUnit(**endpoint, kind.traits, bench.options, {0, 0}, Soon()) ? 0 : 2;
  });
  EXPECT_EQ(Said(bench.Receive(Soon())), "ok");
  EXPECT_EQ(child.Wait(), "exit 0");
}

#if !__has_feature(thread_sanitizer)  // it does not watch what many threads fork
// The child inherits whatever the other thread holds at that moment.
CONFORMANCE_CASE(ForkExec, AChildForkedDuringTrafficHasChannelsOfItsOwn, CanFork(traits)) {
  constexpr int kForks = 20;
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  std::atomic<bool> stop = false;
  ThreadActor<std::string> traffic([&] {
    std::string works = "ok";
    while (!stop && works == "ok") works = bench.Works(1);
    return works;
  });
  for (int i = 0; i < kForks; ++i) {
    ChildActor child([&] { return Bench(kind).Works() == "ok" ? 0 : 1; });
    EXPECT_EQ(child.Wait(), "exit 0") << "fork " << i;
  }
  stop = true;
  EXPECT_EQ(traffic.Join(), "ok");
}
#endif

CONFORMANCE_CASE(ForkExec, EveryDescriptorIsCloseOnExec, true) {
  const std::set<int> before = OpenDescriptors();
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(), "ok");
  // Blocking once makes what is only made for waiting.
  EXPECT_EQ(Said(bench.Receive(Deadline::After(std::chrono::milliseconds(1)))), "timed_out");
  for (const int descriptor : Added(before, OpenDescriptors())) {
    EXPECT_NE(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << descriptor;
  }
}

// The descriptors that an exec'ed program has. It is a `cat` that has answered, so whatever its
// loader opened for a moment is closed again.
std::set<int> InheritedByExec() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {-1};
  ChildActor program([&ends] {
    if (dup2(ends[1], 0) < 0 || dup2(ends[1], 1) < 0) return 1;
    execl("/bin/cat", "cat", nullptr);
    return 1;
  });
  close(ends[1]);
  char byte = 'x';
  const bool answered = write(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1;
  const std::set<int> inherited = answered ? OpenDescriptors(program.pid()) : std::set<int>{-2};
  close(ends[0]);
  return inherited;
}

CONFORMANCE_CASE(ForkExec, AnExecedProgramInheritsNothing, CanFork(traits)) {
  const std::set<int> usual = InheritedByExec();
  ASSERT_TRUE(usual.contains(2));
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(bench.Works(), "ok");
  EXPECT_EQ(InheritedByExec(), usual);
}

}  // namespace
}  // namespace ipc_hammer
