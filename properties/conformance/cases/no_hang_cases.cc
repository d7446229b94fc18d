// Rule no-hang: nobody waits for ever because another always comes first; and what somebody else
// removes under a running channel (logind's RemoveIPC, a cleaner of /tmp, ipcrm) is an error or no
// matter, and nothing to wait or to spin for.
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/conformance/surroundings.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::milliseconds kBlocked{300};
constexpr std::chrono::milliseconds kShort{20};
// Far beyond any deadline here: a call that takes so long waits for something else.
constexpr std::chrono::seconds kStuckAfter{3};

constexpr bool TellsProducersApart(const Traits& traits) {
  return traits.shape == Shape::kMessages && traits.producers_max > 1 && !traits.lossy;
}

// One producer that has always something to send, and one that sends once.
class Noise {
 public:
  explicit Noise(Bench& bench) : bench_(bench) {}

  // As much as there is room for.
  void Make() {
    while (SendUnit(*bench_.producer, bench_.kind.traits, bench_.options, {0, said_})) ++said_;
  }
  Result<MessageId> Hear(Deadline deadline = Soon()) {
    return ReceiveUnit(*bench_.consumer, bench_.kind.traits, bench_.options, {}, deadline);
  }
  // Whether the quiet one's only message is received amid the noise. Until it has room the noise
  // pauses.
  bool LetsBeHeard(Endpoint& quiet, std::uint32_t producer) {
    const auto speak = [&](Deadline deadline) {
      return SendUnit(quiet, bench_.kind.traits, bench_.options, {producer, 0}, deadline);
    };
    bool has_spoken = speak(Deadline::Now()).has_value();
    while (!has_spoken && Hear(Deadline::Now())) has_spoken = speak(Deadline::Now()).has_value();
    if (!has_spoken && !speak(Soon())) return false;
    for (int turn = 0; turn < kTurnsMax; ++turn) {
      Make();
      const auto heard = Hear();
      if (!heard || heard->producer == producer) return heard.has_value();
    }
    return false;
  }

 private:
  static constexpr int kTurnsMax = 1000;

  Bench& bench_;
  std::uint64_t said_ = 0;
};

// One who has always something to send keeps nobody else from being heard: nobody who was there
// before, and nobody who comes. The first has left, and that has been noticed, before the second
// comes: a turn that finds nothing, or an end, is a time to look for newcomers.
CONFORMANCE_CASE(NoHang, ANoisyProducerKeepsNobodyFromBeingHeard, TellsProducersApart(traits)) {
  constexpr int kTurnsToNotice = 10;
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  Noise noise(bench);
  {
    const auto first = bench.channel->Attach(Role::kProducer, Soon());
    ASSERT_EQ(Said(first), "ok");
    noise.Make();
    ASSERT_EQ(Said(noise.Hear()), "ok");
    EXPECT_TRUE(noise.LetsBeHeard(**first, 1));
  }
  for (int turn = 0; turn < kTurnsToNotice; ++turn) {
    noise.Make();
    ASSERT_EQ(Said(noise.Hear()), "ok");
  }
  const auto second = bench.channel->Attach(Role::kProducer, Soon());
  ASSERT_EQ(Said(second), "ok");
  EXPECT_TRUE(noise.LetsBeHeard(**second, 2));
}

struct Objects {
  std::map<std::string, mode_t> named = NamedObjects();
  std::map<std::string, mode_t> system_v = SystemVObjects();
};

// `object` is "shm 12", as SystemVObjects() has it.
void RemoveSystemV(const std::string& object) {
  std::istringstream words(object);
  std::string type;
  int id = -1;
  words >> type >> id;
  if (type == "shm") shmctl(id, IPC_RMID, nullptr);
  if (type == "msg") msgctl(id, IPC_RMID, nullptr);
  if (type == "sem") semctl(id, 0, IPC_RMID);
}

void RemoveWhatIsNewSince(const Objects& before) {
  const Objects now;
  for (const auto& [path, mode] : Added(before.named, now.named)) unlink(path.c_str());
  for (const auto& [object, mode] : Added(before.system_v, now.system_v)) RemoveSystemV(object);
}

struct Waited {
  std::int64_t took_ns = 0;
  std::int64_t cpu_ns = 0;
};

std::int64_t ThreadCpuNs() {
  timespec used;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

template <typename Call>
Waited Measure(Call call) {
  const std::int64_t start_ns = MonotonicNs(), cpu_ns = ThreadCpuNs();
  call();
  return {MonotonicNs() - start_ns, ThreadCpuNs() - cpu_ns};
}

void ExpectNoHang(const Waited& waited, const std::string& what) {
  EXPECT_LT(waited.took_ns, std::chrono::nanoseconds(kStuckAfter).count()) << what;
  EXPECT_LT(waited.cpu_ns, std::chrono::nanoseconds(kBlocked).count() / 2) << what;
}

CONFORMANCE_CASE(NoHang, WhatSomebodyElseRemovesIsNothingToWaitFor,
                 traits.reach == Reach::kStrangers) {
  const LeftBehind left;
  {
    const Objects before;
    Bench bench(kind);
    ASSERT_TRUE(bench.ok()) << bench.error();
    ASSERT_EQ(bench.Works(1), "ok");
    ThreadActor<Result<void>> receiver([&] { return bench.Receive(Deadline::Never()); });
    receiver.WaitUntilAsleep();
    RemoveWhatIsNewSince(before);
    // Either that goes on without its name, or the receiver is told by itself.
    const auto sent = bench.Send(Deadline::After(kBlocked));
    const auto received = receiver.Join();
    if (sent) EXPECT_EQ(Said(received), "ok");
    for (int i = 0; i < 3; ++i) {
      const auto soon = [] { return Deadline::After(kShort); };
      ExpectNoHang(Measure([&] { static_cast<void>(bench.Send(soon())); }), "a send");
      ExpectNoHang(Measure([&] { static_cast<void>(bench.Receive(soon())); }), "a receive");
    }
  }
  EXPECT_EQ(left.Tell(), "");
}

}  // namespace
}  // namespace ipc_hammer
