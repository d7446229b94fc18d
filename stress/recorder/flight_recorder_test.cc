#include "stress/recorder/flight_recorder.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace ipc_hammer {
namespace {

Program SomeProgram() {
  Program program;
  program.kind = "some";
  program.seed = 5;
  program.operations.push_back({.action = Action::kSend, .actor = 0, .repeat = 3});
  program.operations.push_back({.action = Action::kDrain, .actor = 1});
  return program;
}

FlightRecorder Make(std::uint32_t ring_events = 8) {
  auto recorder = FlightRecorder::Create(
      SomeProgram(), {.name = {.text = "name", .folder = "/folder"}, .ring_events = ring_events});
  EXPECT_TRUE(recorder) << ToString(recorder.error());
  return *std::move(recorder);
}

Event At(std::uint32_t actor, std::int64_t start_ns) {
  return {.actor = actor, .start_ns = start_ns, .outcome = {}};
}

Outcome Ok() {
  Outcome outcome{};
  outcome.state = Outcome::State::kOk;
  return outcome;
}

TEST(FlightRecorder, AnotherMappingOfItHasTheProgramAndTheEvents) {
  FlightRecorder recorder = Make();
  EventRing::End(recorder.ring(1).Begin(At(1, 10)), Ok(), 20);
  const auto other = FlightRecorder::Open(FileDescriptor(dup(recorder.fd())));
  ASSERT_TRUE(other) << ToString(other.error());
  EXPECT_EQ(other->program(), SomeProgram());
  EXPECT_EQ(other->name().text, "name");
  EXPECT_EQ(other->name().folder, "/folder");
  ASSERT_EQ(other->Events(1).size(), 1U);
  EXPECT_EQ(other->Events(1)[0].end_ns, 20);
  EXPECT_TRUE(other->Events(1)[0].outcome.ok());
}

TEST(FlightRecorder, EventsOfAllActorsComeByTheirStarts) {
  FlightRecorder recorder = Make();
  for (const std::int64_t start : {10, 30}) {
    EventRing::End(recorder.ring(0).Begin(At(0, start)), Ok(), start + 1);
  }
  EventRing::End(recorder.ring(1).Begin(At(1, 20)), Ok(), 21);
  const History history = recorder.AllEvents();
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[0].start_ns, 10);
  EXPECT_EQ(history[1].actor, 1U);
  EXPECT_EQ(history[2].start_ns, 30);
}

TEST(FlightRecorder, AFullRingKeepsTheLastEventsAndSaysSo) {
  FlightRecorder recorder = Make(4);
  for (std::int64_t start = 0; start < 4; ++start) {
    EventRing::End(recorder.ring(0).Begin(At(0, start)), Ok(), start);
  }
  EXPECT_TRUE(recorder.IsComplete());
  EventRing::End(recorder.ring(0).Begin(At(0, 4)), Ok(), 4);
  EXPECT_FALSE(recorder.IsComplete());
  ASSERT_EQ(recorder.Events(0).size(), 4U);
  EXPECT_EQ(recorder.Events(0).front().start_ns, 1);
  EXPECT_EQ(recorder.Events(0).back().start_ns, 4);
}

TEST(FlightRecorder, WhatAKilledProcessDidAndWasDoingIsThere) {
  FlightRecorder recorder = Make();
  const pid_t pid = fork();
  if (pid == 0) {
    EventRing::End(recorder.ring(0).Begin(At(0, 1)), Ok(), 2);
    recorder.ring(0).Begin(At(0, 3));
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  const History history = recorder.Events(0);
  ASSERT_EQ(history.size(), 2U);
  EXPECT_TRUE(history[0].outcome.ok());
  EXPECT_EQ(history[1].outcome.state, Outcome::State::kPending);
  EXPECT_EQ(history[1].end_ns, Event::kNeverEnded);
}

TEST(FlightRecorder, PhasesAndTheDoorbellWakeAnotherProcess) {
  FlightRecorder recorder = Make();
  EXPECT_FALSE(recorder.AwaitPhase(Phase::kGo, Deadline::Now()));
  const pid_t pid = fork();
  if (pid == 0) {
    recorder.RingDoorbell();
    _exit(recorder.AwaitPhase(Phase::kGo, Deadline::Never()) ? 0 : 1);
  }
  recorder.AwaitDoorbell(Deadline::Never());
  recorder.Enter(Phase::kGo);
  int status = 1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(FlightRecorder, OtherMemoryIsRefused) {
  EXPECT_EQ(FlightRecorder::Open(FileDescriptor()).error().code, ErrcFromErrno(EBADF));
  for (const off_t size : {off_t{0}, off_t{1} << 20}) {
    FileDescriptor file(memfd_create("other", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file.get(), size), 0);
    EXPECT_EQ(FlightRecorder::Open(std::move(file)).error().code, Errc::kCorrupt);
  }
}

}  // namespace
}  // namespace ipc_hammer
