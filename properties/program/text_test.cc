#include "properties/program/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

#include "properties/generators/random_program.h"

namespace ipc_hammer {
namespace {

constexpr std::string_view kExample =
    "ipc_hammer program 1\n"
    "kind posix_mq\n"
    "capacity 4\n"
    "message_size 256\n"
    "producers 2\n"
    "consumers 1\n"
    "seed 77\n"
    "p0 send 17 now priority 3\n"
    "c0 receive 0 for 2000us\n"
    "p1 send 64 never times 1000 fault eintr@2\n"
    "c0 drain never\n"
    "c0 kill p0 after 250us\n"
    "p1 close\n"
    "c0 receive 0 never times 3 closed after 120us\n"
    "c0 close_receive after 40us\n";

TEST(Text, ReadsEveryPartOfTheExample) {
  const auto program = ParseProgram(kExample);
  ASSERT_TRUE(program) << program.error();
  EXPECT_EQ(program->kind, "posix_mq");
  EXPECT_EQ(program->producers, 2U);
  EXPECT_EQ(program->seed, 77U);
  ASSERT_EQ(program->operations.size(), 8U);
  EXPECT_EQ(program->operations[0].priority, 3U);
  EXPECT_EQ(program->operations[1].timeout_us, 2000U);
  EXPECT_EQ(program->operations[2].repeat, 1000U);
  EXPECT_EQ(program->operations[2].fault, (Fault{FaultKind::kInterrupt, 2}));
  EXPECT_EQ(program->operations[4].action, Action::kKill);
  EXPECT_EQ(program->operations[4].target, 0U);
  EXPECT_EQ(program->operations[5].actor, 1U);
  EXPECT_EQ(program->operations[5].closed_after_us, kNeverClosed);
  EXPECT_EQ(program->operations[6].closed_after_us, 120U);
  EXPECT_EQ(program->operations[7].timeout_us, 40U);
}

TEST(Text, AdversitiesAreSettingsOfTheProgram) {
  std::string text(kExample);
  text.insert(text.find("p0 send"), "stop_us 30000\nclock_back_s 3600\n");
  const auto program = ParseProgram(text);
  ASSERT_TRUE(program) << program.error();
  EXPECT_EQ(program->adversities, (Adversities{.stop_us = 30'000, .clock_back_s = 3600}));
  EXPECT_EQ(ToText(*program), text);
}

TEST(Text, WritesWhatItRead) { EXPECT_EQ(ToText(ParseProgram(kExample).value()), kExample); }

TEST(Text, SkipsCommentsEmptyLinesAndWhatAnEditorAdds) {
  std::string edited = "# found in the night\n\n" + std::string(kExample) + "\n  # the end\n";
  for (std::size_t at = 0; (at = edited.find(" send", at)) != edited.npos; at += 7) {
    edited.replace(at, 5, " \t send");
  }
  const auto program = ParseProgram(edited);
  ASSERT_TRUE(program) << program.error();
  EXPECT_EQ(ToText(*program), kExample);
}

RC_GTEST_PROP(Text, GoesThroughTextUnchangedForAnyProgram, ()) {
  TransportKind kind;
  kind.name = *rc::gen::element<std::string>("a", "unix_stream_framed", "x-1.2");
  kind.traits.producers_max = kind.traits.consumers_max = 32;
  kind.traits.message_size_max = 1 << 24;
  kind.traits.priorities = 32768;
  kind.traits.duplex = kind.traits.reopens_producer = true;
  Program program = RandomProgram(kind, *rc::gen::arbitrary<std::uint64_t>(), 100,
                                  {.producers_max = 32,
                                   .consumers_max = 32,
                                   .message_size_max = 1 << 24,
                                   .faults = true,
                                   .kills = true,
                                   .blocking = true});
  for (Operation& op : program.operations) {
    op.closed_after_us = *rc::gen::inRange(0U, 2 * kClosedAfterMaxUs);
    const bool closes = op.action == Action::kClose || op.action == Action::kCloseSend;
    if (closes) op.timeout_us = *rc::gen::arbitrary<std::uint32_t>();
  }
  Normalise(program, kind.traits);
  const auto parsed = ParseProgram(ToText(program));
  if (!parsed) RC_FAIL(parsed.error());
  RC_ASSERT(*parsed == program);
}

RC_GTEST_PROP(Text, DamagedTextIsReadOrRefusedInOneLine, ()) {
  std::string text(kExample);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  text[at] = *rc::gen::arbitrary<char>();
  const auto program = ParseProgram(text);
  if (program) return;
  RC_ASSERT(!program.error().empty());
  RC_ASSERT(program.error().find('\n') == std::string::npos);
}

RC_GTEST_PROP(Text, AnyTextAtAllIsRefusedOrRead, (const std::string& text)) {
  const auto program = ParseProgram(text);
  RC_ASSERT(program.has_value() || !program.error().empty());
}

struct Bad {
  std::string_view line;  // in place of the first operation, which is line 8
  std::string_view says;
};

TEST(Text, ErrorsNameTheLineAndWhatIsWrong) {
  constexpr Bad kCases[] = {
      {"p2 send 1 now", "line 8: there is no actor 'p2'"},
      {"x0 send 1 now", "line 8: there is no actor 'x0'"},
      {"p0 sing 1 now", "line 8: 'sing' is no action"},
      {"p0 send", "line 8: '' is no number for send"},
      {"p0 send -1 now", "line 8: '-1' is no number for send"},
      {"p0 send 4294967296 now", "line 8: '4294967296' is no number for send"},
      {"p0 send 1 soon", "line 8: 'soon' is not understood"},
      {"p0 send 1 for 2ms", "line 8: '2ms' is no number for for"},
      {"p0 send 1 now fault eintr", "line 8: 'eintr' is no fault (KIND@1 .. KIND@255)"},
      {"p0 send 1 now fault eintr@0", "line 8: 'eintr@0' is no fault (KIND@1 .. KIND@255)"},
      {"p0 send 1 now closed", "line 8: 'closed' is not understood"},
      {"p0 send 1 now closed after 1ms", "line 8: '1ms' is no number for closed after"},
      {"p0 kill p7", "line 8: there is no actor 'p7'"},
      {"capacity 4 5", "line 8: '5' is too much"},
      {"producers 64", "line 8: more than 64 actors"},
  };
  const std::string_view line_8 = "p0 send 17 now priority 3";
  for (const Bad& bad : kCases) {
    std::string text(kExample);
    text.replace(text.find(line_8), line_8.size(), bad.line);
    const auto program = ParseProgram(text);
    ASSERT_FALSE(program) << bad.line;
    EXPECT_EQ(program.error(), bad.says);
  }
}

TEST(Text, RefusesWhatIsNoProgram) {
  EXPECT_EQ(ParseProgram("").error(), "an empty program");
  EXPECT_EQ(ParseProgram("# nothing\n").error(), "an empty program");
  EXPECT_EQ(ParseProgram("hello\n").error(),
            "line 1: the first line is not 'ipc_hammer program 1'");
  EXPECT_EQ(ParseProgram("ipc_hammer program 1\n").error(), "the program names no kind");
}

TEST(Text, RefusesMoreOperationsThanThereMayBe) {
  std::string text(kExample);
  for (std::uint32_t i = 0; i < kOperationsMax; ++i) text += "p0 close\n";
  const auto program = ParseProgram(text);
  ASSERT_FALSE(program);
  EXPECT_TRUE(program.error().ends_with("more than 100000 operations")) << program.error();
}

}  // namespace
}  // namespace ipc_hammer
