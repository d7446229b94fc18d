// For each trait that a probe is a witness for: a kind that declares another value is contradicted,
// and so is one that declares the truth and behaves otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "properties/conformance/crash_points.h"
#include "properties/probes/probe.h"
#include "properties/probes/probe_run.h"
#include "properties/testing/flawed_kind.h"
#include "transports/boost/boost_mq.h"
#include "transports/loopback/loopback.h"
#include "transports/pipe/fifo.h"
#include "transports/pipe/pipe.h"
#include "transports/queue/posix_mq.h"
#include "transports/semaphore/event_fd.h"
#include "transports/shared_memory/memfd/shm_memfd.h"
#include "transports/shared_memory/shm_file.h"
#include "transports/socket/unix_stream.h"

namespace ipc_hammer {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Lie {
  std::string name;
  TransportKind kind;
  std::function<void(Traits&)> tell;
  std::string probe;
};

void PrintTo(const Lie& lie, std::ostream* to) { *to << lie.name; }

class LieTest : public testing::TestWithParam<Lie> {};

TEST_P(LieTest, IsContradictedAndTheTruthIsNot) {
  if (GetParam().probe == "survives-kill" && !kFindsCrashPoints) {
    GTEST_SKIP() << "a lock is met held at crash points only, which are not looked for";
  }
  TransportKind lying = GetParam().kind;
  GetParam().tell(lying.traits);
  const Probe& probe = *FindProbe(GetParam().probe);
  const Cell cell = RunProbe(probe, lying);
  EXPECT_EQ(cell.state, Cell::State::kMeasured) << cell.value << ": " << cell.seen;
  EXPECT_THAT(Contradiction(probe, lying.traits, cell),
              StartsWith(GetParam().probe + " is declared as '"));
  EXPECT_EQ(Contradiction(probe, GetParam().kind.traits, cell), "");
}

const Lie kLies[] = {
    {"pipe_is_duplex", Pipe(), [](Traits& t) { t.duplex = true; }, "ways"},
    {"stream_is_not_duplex", UnixStream(), [](Traits& t) { t.duplex = false; }, "ways"},
    {"pipe_reaches_strangers", Pipe(), [](Traits& t) { t.reach = Reach::kStrangers; }, "reach"},
    {"pipe_reaches_threads", Pipe(), [](Traits& t) { t.reach = Reach::kThreads; }, "reach"},
    {"queue_reaches_relatives", PosixMq(), [](Traits& t) { t.reach = Reach::kRelatives; }, "reach"},
    {"pipe_has_messages", Pipe(), [](Traits& t) { t.shape = Shape::kMessages; }, "framing"},
    {"queue_has_bytes", PosixMq(), [](Traits& t) { t.shape = Shape::kBytes; }, "framing"},
    {"eventfd_has_messages", EventFd(), [](Traits& t) { t.shape = Shape::kMessages; }, "framing"},
    {"queue_is_fifo", PosixMq(), [](Traits& t) { t.order = Order::kFifo; }, "order"},
    {"pipe_has_priorities", Pipe(), [](Traits& t) { t.order = Order::kPriority; }, "order"},
    {"connections_are_fifo", UnixStream(), [](Traits& t) { t.order = Order::kFifo; }, "order"},
    {"pipe_is_exact", Pipe(), [](Traits& t) { t.exact_capacity = true; }, "capacity"},
    {"pipe_takes_a_million", Pipe(),
     [](Traits& t) { t.floor_messages = t.floor_bytes = 64'000'000; }, "capacity"},
    {"queue_sees_the_end", PosixMq(), [](Traits& t) { t.end_of_file = EndOfFile::kPersistent; },
     "end-of-file"},
    {"pipe_never_ends", Pipe(), [](Traits& t) { t.end_of_file = EndOfFile::kNever; },
     "end-of-file"},
    {"fifo_ends_for_ever", Fifo(), [](Traits& t) { t.end_of_file = EndOfFile::kPersistent; },
     "end-of-file"},
    {"pipe_keeps_for_nobody", Pipe(), [](Traits& t) { t.send_needs_consumer = false; },
     "nobody-receives"},
    {"queue_tells", PosixMq(), [](Traits& t) { t.send_needs_consumer = true; }, "nobody-receives"},
    {"fifo_stays", Fifo(), [](Traits& t) { t.persistence = Persistence::kFileSystem; },
     "persistence"},
    {"eventfd_stays", EventFd(), [](Traits& t) { t.persistence = Persistence::kKernel; },
     "persistence"},
    {"memfd_stays", ShmMemfd(), [](Traits& t) { t.persistence = Persistence::kKernel; },
     "persistence"},
    {"queue_goes", PosixMq(), [](Traits& t) { t.persistence = Persistence::kProcess; },
     "persistence"},
    {"file_is_the_kernels", ShmFile(), [](Traits& t) { t.persistence = Persistence::kKernel; },
     "persistence"},
    // Takes as long as one waits for what is stuck.
    {"boost_survives", BoostMq(), [](Traits& t) { t.survives_kill = true; }, "survives-kill"},
};

INSTANTIATE_TEST_SUITE_P(Contradiction, LieTest, testing::ValuesIn(kLies),
                         [](const auto& info) { return info.param.name; });

struct Misbehaviour {
  Flaw flaw;
  std::string probe;
};

class MisbehaviourTest : public testing::TestWithParam<Misbehaviour> {};

TEST_P(MisbehaviourTest, ContradictsTheTruth) {
  const TransportKind flawed = Flawed(Loopback(), GetParam().flaw);
  const Probe& probe = *FindProbe(GetParam().probe);
  const Cell cell = RunProbe(probe, flawed);
  EXPECT_NE(Contradiction(probe, flawed.traits, cell), "") << cell.value << ": " << cell.seen;
}

// Each shows at the seventh message at the latest, which is within the eight that a channel holds.
INSTANTIATE_TEST_SUITE_P(Contradiction, MisbehaviourTest,
                         testing::Values(Misbehaviour{Flaw::kSwap, "order"},
                                         Misbehaviour{Flaw::kFullTooEarly, "capacity"},
                                         Misbehaviour{Flaw::kNoEnd, "end-of-file"}));

TEST(ContradictionTest, NotToPromiseSurvivalIsNoPromiseOfTheContrary) {
  Traits traits;
  traits.survives_kill = false;
  EXPECT_EQ(Contradiction(*FindProbe("survives-kill"), traits, Measured("yes", "")), "");
  EXPECT_EQ(Contradiction(*FindProbe("survives-kill"), traits, Measured("no", "")), "");
}

TEST(ContradictionTest, MoreOrderThanPromisedIsNoContradiction) {
  Traits traits;
  traits.order = Order::kPerProducer;
  EXPECT_EQ(Contradiction(*FindProbe("order"), traits, Measured("fifo", "")), "");
  EXPECT_NE(Contradiction(*FindProbe("order"), traits, Measured("none", "")), "");
}

TEST(ContradictionTest, WhatIsNotDeclaredCannotBeContradicted) {
  for (const char* const probe : {"cleanup", "throughput", "calls-message"}) {
    EXPECT_EQ(Contradiction(*FindProbe(probe), Traits{}, Measured("anything", "")), "") << probe;
  }
}

TEST(ContradictionTest, AnExperimentThatFailedContradictsEverything) {
  for (const Probe& probe : AllProbes()) {
    if (probe.declared == nullptr) continue;
    EXPECT_THAT(Contradiction(probe, Traits{}, Failed("no answer")), HasSubstr("no answer"));
  }
}

}  // namespace
}  // namespace ipc_hammer
