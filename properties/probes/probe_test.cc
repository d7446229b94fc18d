// The probes on kinds of which everybody knows the answers.
#include "properties/probes/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "properties/conformance/surroundings.h"
#include "properties/probes/probe_run.h"
#include "transports/loopback/loopback.h"
#include "transports/pipe/pipe.h"
#include "transports/queue/posix_mq.h"
#include "transports/semaphore/event_fd.h"

namespace ipc_hammer {
namespace {

using ::testing::HasSubstr;

struct Known {
  TransportKind kind;
  std::string probe;
  std::string value;
};

void PrintTo(const Known& known, std::ostream* to) { *to << known.kind.name << " " << known.probe; }

class KnownAnswerTest : public testing::TestWithParam<Known> {};

TEST_P(KnownAnswerTest, IsMeasured) {
  const LeftBehind left;
  const Cell cell = RunProbe(*FindProbe(GetParam().probe), GetParam().kind);
  EXPECT_EQ(cell.value, GetParam().value) << cell.seen;
  EXPECT_NE(cell.seen, "");
  EXPECT_EQ(left.Tell(), "");
}

const Known kKnown[] = {
    {Loopback(), "ways", "one way"},
    {Loopback(), "reach", "threads"},
    {Loopback(), "framing", "messages"},
    {Loopback(), "order", "fifo"},
    {Loopback(), "capacity", "exact"},
    {Loopback(), "survives-kill", "n/a"},
    {Loopback(), "end-of-file", "persistent"},
    {Loopback(), "nobody-receives", "told"},
    {Loopback(), "persistence", "process"},
    {Loopback(), "cleanup", "kernel"},
    {Pipe(), "ways", "one way"},
    {Pipe(), "reach", "relatives"},
    {Pipe(), "framing", "bytes"},
    {Pipe(), "order", "fifo"},
    {Pipe(), "capacity", "1024"},  // 64 KiB; pipe(7)
    {Pipe(), "survives-kill", "yes"},
    {Pipe(), "end-of-file", "persistent"},
    {Pipe(), "nobody-receives", "told"},
    {Pipe(), "persistence", "process"},
    {Pipe(), "cleanup", "kernel"},
    {PosixMq(), "ways", "one way"},
    {PosixMq(), "reach", "strangers"},
    {PosixMq(), "framing", "messages"},
    {PosixMq(), "order", "priority"},
    {PosixMq(), "capacity", "exact"},
    {PosixMq(), "survives-kill", "yes"},
    {PosixMq(), "end-of-file", "never"},
    {PosixMq(), "nobody-receives", "not told"},
    {PosixMq(), "persistence", "kernel"},
    {PosixMq(), "cleanup", "user"},
    {EventFd(), "framing", "tokens"},
    {EventFd(), "order", "n/a"},
    {EventFd(), "persistence", "process"},
    // A pipe and a queue are a write and a read; the reference needs no kernel.
    {Loopback(), "calls-message", "0"},
    {PosixMq(), "calls-message", "2"},
};

std::string NameOfTest(const testing::TestParamInfo<Known>& info) {
  std::string name = info.param.kind.name + "_" + info.param.probe;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Probe, KnownAnswerTest, testing::ValuesIn(kKnown), NameOfTest);

TEST(ProbeTest, WhoCleansUpIsShownByWhatIsLeft) {
  const Cell cell = RunProbe(*FindProbe("cleanup"), PosixMq());
  EXPECT_THAT(cell.seen, HasSubstr("/dev/mqueue/NAME, "));
  EXPECT_THAT(cell.seen, HasSubstr("unlink() removed all of it"));
}

TEST(ProbeTest, SpeedIsANumber) {
  for (const char* const probe : {"throughput", "round-trip"}) {
    for (const TransportKind& kind : {Loopback(), Pipe(), EventFd()}) {
      const Cell cell = RunProbe(*FindProbe(probe), kind);
      EXPECT_EQ(cell.state, Cell::State::kMeasured) << cell.seen;
      EXPECT_GT(cell.number, 0) << kind.name;
    }
  }
}

TEST(ProbeTest, AChannelThatTheMachineRefusesHasNoAnswers) {
  TransportKind refused = Loopback();
  refused.create = [](const ChannelName&, const Options&) -> Result<std::unique_ptr<Channel>> {
    return Fail(Errc::kNoSpace, "create");
  };
  for (const Probe& probe : AllProbes()) {
    const Cell cell = RunProbe(probe, refused);
    EXPECT_EQ(cell.state, Cell::State::kNotApplicable) << probe.name << ": " << cell.seen;
    EXPECT_EQ(Contradiction(probe, refused.traits, cell), "") << probe.name;
  }
}

TEST(ProbeTest, NamesAreUniqueAndFound) {
  for (const Probe& probe : AllProbes()) EXPECT_EQ(FindProbe(probe.name), &probe);
  EXPECT_EQ(FindProbe("colour"), nullptr);
}

}  // namespace
}  // namespace ipc_hammer
