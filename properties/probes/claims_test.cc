#include "properties/probes/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "properties/conformance/surroundings.h"
#include "properties/probes/mechanism_ways.h"
#include "properties/probes/probe.h"
#include "properties/probes/probe_run.h"
#include "transports/pipe/fifo.h"
#include "transports/pipe/pipe.h"
#include "transports/semaphore/event_fd.h"

namespace ipc_hammer {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kPipeRate = 100;

// As if all its probes had been run; what is not given is a failed cell.
MeasuredKind Made(const TransportKind& kind, const std::map<std::string_view, Cell>& known) {
  MeasuredKind measured = {&kind, {}, kPipeRate};
  for (const Probe& probe : AllProbes()) {
    const auto cell = known.find(probe.name);
    measured.cells.push_back(cell == known.end() ? Failed("not run") : cell->second);
  }
  return measured;
}

JudgedClaim Find(const Measurement& measurement, Quality quality) {
  for (JudgedClaim& judged : Judge(measurement)) {
    if (judged.claim.quality == quality) return judged;
  }
  ADD_FAILURE() << "no claim about " << ToString(quality);
  return {};
}

TEST(SpeedClassTest, IsRelativeToThePipe) {
  const TransportKind pipe = Pipe();
  const auto class_of = [&pipe](double rate) {
    return SpeedClass(Made(pipe, {{"throughput", Measured("", "", rate)}}));
  };
  EXPECT_EQ(class_of(200), "very fast");
  EXPECT_EQ(class_of(199), "fast");
  EXPECT_EQ(class_of(50), "fast");
  EXPECT_EQ(class_of(49), "moderate");
  EXPECT_EQ(class_of(0), "");
}

TEST(JudgeTest, AClaimHoldsThatEveryKindOfTheMechanismKeeps) {
  const TransportKind one = Fifo(), two = Fifo();
  const Cell stays = Measured("file-system", "it stayed");
  const JudgedClaim judged =
      Find({.kinds = {Made(one, {{"persistence", stays}}), Made(two, {{"persistence", stays}})},
            .objects = {}},
           Quality::kPersistent);
  EXPECT_EQ(judged.verdict, Verdict::kHolds);
  EXPECT_EQ(judged.measured, "yes");
  EXPECT_THAT(judged.evidence, SizeIs(2));
}

TEST(JudgeTest, AClaimDoesNotHoldThatNoKindKeeps) {
  const TransportKind fifo = Fifo();
  const JudgedClaim judged = Find(
      {.kinds = {Made(fifo, {{"persistence", Measured("process", "it went")}})}, .objects = {}},
      Quality::kPersistent);
  EXPECT_EQ(judged.verdict, Verdict::kDoesNotHold);
  EXPECT_EQ(judged.measured, "no");
  ASSERT_THAT(judged.evidence, SizeIs(1));
  EXPECT_EQ(judged.evidence.front().cell.seen, "it went");
}

TEST(JudgeTest, AClaimHoldsInPartWhereKindsDiffer) {
  const TransportKind one = Pipe(), two = Pipe();
  const JudgedClaim judged = Find({.kinds = {Made(one, {{"throughput", Measured("", "", 90)}}),
                                             Made(two, {{"throughput", Measured("", "", 400)}})},
                                   .objects = {}},
                                  Quality::kSpeed);
  EXPECT_EQ(judged.verdict, Verdict::kHoldsInPart);
  EXPECT_EQ(judged.measured, "fast, very fast");
}

TEST(JudgeTest, OfASpeedThePipesIsToldThatItIsComparedWith) {
  const TransportKind pipe = Pipe();
  const JudgedClaim judged = Find(
      {.kinds = {Made(pipe, {{"throughput", Measured("", "49 a second", 49)}})}, .objects = {}},
      Quality::kSpeed);
  ASSERT_THAT(judged.evidence, SizeIs(1));
  EXPECT_EQ(judged.evidence.front().cell.seen, "49 a second; the pipe beside it passed 100");
}

TEST(JudgeTest, WhatFailedIsNoEvidence) {
  const TransportKind pipe = Pipe();
  const JudgedClaim judged = Find({.kinds = {Made(pipe, {})}, .objects = {}}, Quality::kPersistent);
  EXPECT_EQ(judged.verdict, Verdict::kNotMeasured);
  EXPECT_THAT(judged.evidence, IsEmpty());
}

TEST(JudgeTest, TwoWayIsAskedOfTheMechanismAndNotOfItsKinds) {
  const TransportKind fifo = Fifo();
  const JudgedClaim judged =
      Find({.kinds = {Made(fifo, {{"ways", Measured("one way", "")}})},
            .objects = {{MechanismFamily::kFifo, "a FIFO", Measured("both ways", "")}}},
           Quality::kTwoWay);
  EXPECT_EQ(judged.verdict, Verdict::kHolds);
}

TEST(JudgeTest, OfMechanismsThatWereNotMeasuredNothingIsSaid) {
  const TransportKind eventfd = EventFd();
  EXPECT_THAT(Judge({.kinds = {Made(eventfd, {})}, .objects = {}}), IsEmpty());
}

TEST(QuotedTableTest, HasEveryMechanismOnceForEachQuality) {
  for (const Claim& claim : QuotedTable()) {
    EXPECT_EQ(std::ranges::count_if(QuotedTable(),
                                    [&](const Claim& other) {
                                      return other.mechanism == claim.mechanism &&
                                             other.quality == claim.quality;
                                    }),
              1)
        << ToString(claim.mechanism) << ", " << ToString(claim.quality);
  }
}

// What the kernel's objects do is no matter of this project's code.
TEST(WaysOfMechanismsTest, AreWhatLinuxDoes) {
  const LeftBehind left;
  std::map<std::string_view, std::string> ways;
  for (const MechanismExperiment& experiment : AllWaysOfMechanisms()) {
    ways[experiment.object] = RunExperiment(experiment.measure).value;
  }
  EXPECT_EQ(ways, (std::map<std::string_view, std::string>{{"a pipe", "one way"},
                                                           {"a FIFO", "one way"},
                                                           {"a POSIX queue", "one way"},
                                                           {"a System V queue", "both ways"},
                                                           {"shared memory", "both ways"},
                                                           {"a stream socket", "both ways"}}));
  EXPECT_EQ(left.Tell(), "");
}

}  // namespace
}  // namespace ipc_hammer
