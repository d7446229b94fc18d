#include "properties/history/history.h"

#include <gtest/gtest.h>

#include <string_view>

namespace ipc_hammer {
namespace {

constexpr std::int64_t kMicrosecond = 1000;

Event MakeEvent(std::uint32_t operation, const Program& program, std::int64_t start_us,
                std::int64_t end_us) {
  const Operation& op = program.operations[operation];
  return {.actor = op.actor,
          .operation_index = operation,
          .action = op.action,
          .timeout_us = op.timeout_us,
          .start_ns = start_us * kMicrosecond,
          .end_ns = end_us < 0 ? Event::kNeverEnded : end_us * kMicrosecond,
          .outcome = {.state = end_us < 0 ? Outcome::State::kPending : Outcome::State::kOk}};
}

Event Transfer(std::uint32_t operation, const Program& program, std::int64_t start_us,
               std::int64_t end_us, MessageId id) {
  Event event = MakeEvent(operation, program, start_us, end_us);
  event.outcome.identified = true;
  event.outcome.size_bytes = 64;
  event.outcome.id = id;
  return event;
}

// Two producers and two consumers; p1's message overtakes p0's, c1 is killed in a receive.
Program ExampleProgram() {
  return {.kind = "shm_posix",
          .producers = 2,
          .consumers = 2,
          .operations = {{.action = Action::kSend, .actor = 0, .size_bytes = 64},
                         {.action = Action::kSend, .actor = 1, .size_bytes = 64, .priority = 3},
                         {.action = Action::kReceive, .actor = 2, .timeout_us = kTimeoutNever},
                         {.action = Action::kReceive, .actor = 3, .timeout_us = kTimeoutNever},
                         {.action = Action::kKill, .actor = 0, .target = 3, .timeout_us = 250},
                         {.action = Action::kReceive, .actor = 2, .timeout_us = 20'000}}};
}

History ExampleHistory(const Program& program) {
  History history = {Transfer(0, program, 100, 140, {0, 0}), Transfer(1, program, 150, 190, {1, 0}),
                     Transfer(2, program, 120, 200, {1, 0}), MakeEvent(3, program, 130, -1),
                     MakeEvent(4, program, 210, 460),        MakeEvent(5, program, 230, 20'231)};
  history[2].outcome.intact = false;
  history.back().outcome = {.state = Outcome::State::kFailed, .error = Errc::kTimedOut};
  return history;
}

TEST(SwimLanes, ShowLanesDurationsTheKilledAndTheMarkedEvent) {
  const Program program = ExampleProgram();
  const std::string picture =
      SwimLanes(program, ExampleHistory(program), 2, 200, "order: p1#0 was received before p0#0");
  constexpr std::string_view kExpected =
      R"(          us  p0                p1                                     c0                            c1
    --------  ----------------  -------------------------------------  ----------------------------  ---------------------
       0.000  > send 64B now
      20.000  |                                                        > receive never
      30.000  |                                                        |                             > receive never
      40.000  < ok p0#0 [40us]                                         |                             |
      50.000                    * send 64B prio 3 now: ok p1#0 [40us]  |                             |
>>>  100.000                                                           < ok p1#0 64B CORRUPT [80us]  |
                                                                       ^ order: p1#0 was received before p0#0
     110.000  > kill c1                                                                              |
     130.000  |                                                        > receive for 20ms            |
     360.000  < ok [250us]                                             |                             x KILLED in this call
   20131.000                                                           < timed_out [20ms]
)";
  EXPECT_EQ(picture, kExpected) << picture;
}

TEST(SwimLanes, AreCutAroundTheMarkedEvent) {
  Program program = ExampleProgram();
  History history;
  for (int i = 0; i < 100; ++i) history.push_back(Transfer(0, program, 10 * i, 10 * i + 5, {0, 0}));
  constexpr std::string_view kExpected =
      R"((49 earlier events)
          ns  p0                             p1      c0      c1
    --------  -----------------------------  ------  ------  ------
           0  * send 64B now: ok p0#0 [5us]
>>>    10000  * send 64B now: ok p0#0 [5us]
       20000  * send 64B now: ok p0#0 [5us]
(48 later events)
)";
  EXPECT_EQ(SwimLanes(program, history, 50, 3), kExpected) << SwimLanes(program, history, 50, 3);
}

TEST(SwimLanes, WithoutAMarkedEventTheLastOnesAreShown) {
  Program program = ExampleProgram();
  History history;
  for (int i = 0; i < 100; ++i) history.push_back(Transfer(0, program, 10 * i, 10 * i + 5, {0, 0}));
  const std::string picture = SwimLanes(program, history, ~std::size_t{0}, 2);
  EXPECT_TRUE(picture.starts_with("(98 earlier events)\n")) << picture;
  EXPECT_EQ(picture.find("later"), std::string::npos) << picture;
}

TEST(SwimLanes, ReasonThatNoEventShowsStandsAtTheCallThatNeverEnded) {
  const Program program = ExampleProgram();
  const History history = {Transfer(0, program, 100, 140, {0, 0}), MakeEvent(3, program, 130, -1)};
  constexpr std::string_view kExpected =
      R"(          ns  p0                p1      c0      c1
    --------  ----------------  ------  ------  ---------------
           0  > send 64B now
       30000  |                                 > receive never
       40000  < ok p0#0 [40us]                  |
>>>                                             ? never ended
                                                ^ no-hang: nobody moves
)";
  const std::string picture =
      SwimLanes(program, history, ~std::size_t{0}, 200, "no-hang: nobody moves");
  EXPECT_EQ(picture, kExpected) << picture;
}

TEST(SwimLanes, ReasonThatNoEventShowsStandsAtTheEnd) {
  const Program program = ExampleProgram();
  const History history = {Transfer(0, program, 100, 140, {0, 0})};
  const std::string picture = SwimLanes(program, history, ~std::size_t{0}, 200, "no-leak: a file");
  EXPECT_TRUE(picture.ends_with("[40us]\n>>>      end  ^ no-leak: a file\n")) << picture;
}

TEST(SwimLanes, OfNothingAreEmptyLanes) {
  EXPECT_NE(SwimLanes(ExampleProgram(), {}, 0).find("p0"), std::string::npos);
}

TEST(HistoryText, IsOneLine) {
  const Program program = ExampleProgram();
  const History history = ExampleHistory(program);
  EXPECT_EQ(ToText(program, history[1]), "p1 send 64B prio 3 now -> ok p1#0 [150000 ns, 40us]");
  EXPECT_EQ(ToText(program, history[3]), "c1 receive never -> never ended [130000 ns ..");
  EXPECT_EQ(ToText(program, history[5]), "c0 receive for 20ms -> timed_out [230000 ns, 20ms]");
}

}  // namespace
}  // namespace ipc_hammer
