#include "properties/generators/program_gen.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

constexpr ProgramShape kEverything = {.faults = true, .kills = true, .blocking = true};

TransportKind KindWith(std::string name, Traits traits) {
  TransportKind kind;
  kind.name = std::move(name);
  kind.traits = traits;
  return kind;
}

// Kinds at the corners of what traits can say.
std::vector<TransportKind> CornerKinds() {
  Traits queue;
  queue.producers_max = queue.consumers_max = 8;
  queue.exact_capacity = true;
  queue.capacity_messages_max = 3;
  queue.message_size_max = 65536;
  queue.priorities = 32;
  Traits stream;
  stream.shape = Shape::kBytes;
  stream.message_size_max = 1;
  stream.duplex = stream.reopens_producer = true;
  Traits tokens;
  tokens.shape = Shape::kTokens;
  tokens.consumers_max = 2;
  tokens.capacity_messages_max = 1;
  Traits narrow;
  narrow.message_size_max = 4096;
  return {KindWith("queue", queue), KindWith("stream", stream), KindWith("tokens", tokens),
          KindWith("narrow", narrow)};
}

TEST(RandomProgram, IsValidForEveryKindAndSize) {
  for (const TransportKind& kind : CornerKinds()) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
      const Program program = RandomProgram(kind, seed, static_cast<int>(seed % 101), kEverything);
      const auto valid = Validate(program, kind.traits);
      ASSERT_TRUE(valid) << valid.error() << ToText(program);
      ASSERT_FALSE(program.operations.empty());
    }
  }
}

TEST(RandomProgram, IsTheSameForTheSameSeed) {
  const TransportKind kind = CornerKinds().front();
  EXPECT_EQ(RandomProgram(kind, 7, 50), RandomProgram(kind, 7, 50));
  EXPECT_NE(RandomProgram(kind, 7, 50), RandomProgram(kind, 8, 50));
}

TEST(RandomProgram, HasFaultsKillsAndTimeoutsOnlyWhereAskedFor) {
  const TransportKind kind = CornerKinds().front();
  std::size_t faults = 0, kills = 0, timeouts = 0;
  const auto count = [&](const Program& program) {
    for (const Operation& operation : program.operations) {
      faults += operation.fault.kind != FaultKind::kNone;
      kills += operation.action == Action::kKill || operation.fault.kind == FaultKind::kKill;
      timeouts += operation.timeout_us != kTimeoutNow;
    }
  };
  for (std::uint64_t seed = 0; seed < 500; ++seed) count(RandomProgram(kind, seed, 100));
  EXPECT_EQ(faults + kills + timeouts, 0U);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    count(RandomProgram(kind, seed, 100, kEverything));
  }
  EXPECT_GT(faults, 500U);
  EXPECT_GT(kills, 500U);
  EXPECT_GT(timeouts, 500U);
}

// Plays the program on a counter that stands for an ideal queue.
struct Reached {
  bool full = false;
  bool empty_again = false;  // a receive found nothing after something had been received
};

Reached Play(const Program& program) {
  Reached reached;
  std::uint32_t queued = 0;
  bool received = false;
  for (const Operation& operation : program.operations) {
    for (std::uint32_t i = 0; i < operation.repeat; ++i) {
      if (operation.action == Action::kSend) {
        if (operation.size_bytes > program.message_size_bytes) continue;
        reached.full |= queued == program.capacity_messages;
        queued = std::min(queued + 1, program.capacity_messages);
      } else if (operation.action == Action::kReceive) {
        reached.empty_again |= queued == 0 && received;
        received |= queued > 0;
        queued -= queued > 0 ? 1 : 0;
      }
    }
  }
  return reached;
}

TEST(RandomProgram, OftenGetsToFullAndBackToEmpty) {
  const TransportKind kind = CornerKinds().back();
  int full = 0, empty_again = 0;
  constexpr int kPrograms = 1000;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    const Reached reached = Play(RandomProgram(kind, seed, kProgramSizeMax));
    full += reached.full;
    empty_again += reached.empty_again;
  }
  EXPECT_GT(full, kPrograms / 2);
  EXPECT_GT(empty_again, kPrograms / 2);
}

TEST(RandomProgram, TriesEverySizeAroundTheLimits) {
  const TransportKind kind = CornerKinds().back();
  bool empty = false, largest = false, too_large = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Program program = RandomProgram(kind, seed, kProgramSizeMax);
    for (const Operation& operation : program.operations) {
      if (operation.action != Action::kSend) continue;
      empty |= operation.size_bytes == 0;
      largest |= operation.size_bytes == program.message_size_bytes;
      too_large |= operation.size_bytes == program.message_size_bytes + 1;
    }
  }
  EXPECT_TRUE(empty);
  EXPECT_TRUE(largest);
  EXPECT_TRUE(too_large);
}

RC_GTEST_PROP(ProgramGen, ShrinksAreValidAndStrictlySimpler, ()) {
  const TransportKind kind = *rc::gen::elementOf(CornerKinds());
  const Program program = *ProgramGen(kind, kEverything);
  rc::seq::forEach(rc::seq::take(200, ShrinkProgram(program, kind.traits)),
                   [&](const Program& simpler) {
                     RC_ASSERT(Validate(simpler, kind.traits).has_value());
                     RC_ASSERT(Simpler(simpler, program));
                     RC_ASSERT(!Simpler(program, simpler));
                   });
}

// Follows the shrinks as RapidCheck does: always to the first one that still fails.
template <typename Fails>
Program Shrunk(Program program, const Traits& traits, Fails fails) {
  for (;;) {
    rc::Seq<Program> simpler = ShrinkProgram(program, traits);
    auto next = simpler.next();
    while (next && !fails(*next)) next = simpler.next();
    if (!next) return program;
    program = *next;
  }
}

std::size_t LargestSends(const Program& program) {
  return static_cast<std::size_t>(
      std::ranges::count_if(program.operations, [&](const Operation& operation) {
        return operation.action == Action::kSend && operation.size_bytes >= 20 &&
               program.producers >= 2 && operation.actor == 1;
      }));
}

TEST(ProgramGen, ShrinksToTheSmallestCounterexample) {
  const TransportKind kind = CornerKinds().front();
  const auto fails = [](const Program& program) { return LargestSends(program) >= 2; };
  int tried = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Program program = RandomProgram(kind, seed, kProgramSizeMax, kEverything);
    if (!fails(program)) continue;
    ++tried;
    ASSERT_EQ(ToText(Shrunk(program, kind.traits, fails)),
              "ipc_hammer program 1\nkind queue\ncapacity 1\nmessage_size 19\nproducers 2\n"
              "consumers 1\nseed 0\np1 send 20 now\np1 send 20 now\n")
        << ToText(program);
  }
  EXPECT_GT(tried, 20);
}

TEST(ProgramGen, ShowsTheTextForm) {
  const Program program = RandomProgram(CornerKinds().front(), 1, 20);
  std::ostringstream shown;
  showValue(program, shown);
  EXPECT_EQ(shown.str(), "\n" + ToText(program));
}

}  // namespace
}  // namespace ipc_hammer
