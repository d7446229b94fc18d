#include "stress/scenarios/close_race.h"

#include <algorithm>

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

// From before a call has begun until long after it has gone to sleep.
constexpr std::uint32_t kInstantMaxUs = 400;
constexpr std::uint32_t kRounds = 6;
// Whoever waits for somebody who may not come, and cannot be woken, waits so long.
constexpr std::uint32_t kWaitUs = 1000;
constexpr std::uint32_t kOpenWaitUs = 20'000;
// What fills a channel whose capacity is the kernel's affair: so many, so large.
constexpr std::uint32_t kManyCalls = 40;
constexpr std::uint32_t kSwingCalls = 400;
constexpr std::uint32_t kLargeSize = 16 * 1024;
constexpr std::uint32_t kSmallSize = 64;

enum class Part : std::uint8_t {
  kWorks,        // sends and stays, or receives until nothing comes any more
  kIdles,        // stays, and takes nothing: the channel fills
  kClosedUnder,  // another thread of the same actor closes a direction in the middle of a call
  kLeaves,       // goes while its peers wait for it
};

struct Plan {
  Part producers;
  Part consumers;
  std::uint32_t rounds = 1;
};

// Of connections no more are made than have a place to wait for their acceptance.
std::uint32_t RoundsOf(const TransportKind& kind, const Program& program, std::uint32_t drawn) {
  const Traits& traits = kind.traits;
  if (!traits.connections) return drawn;
  return std::min(drawn, std::max(traits.producers_max / program.producers, 1U));
}

// Mostly one side is closed under while the other stays: whose peers have closed is woken by that.
Plan DrawPlan(Draw& draw) {
  const std::uint32_t drawn = draw.Between(0, 9);
  if (drawn < 3) return {.producers = Part::kWorks, .consumers = Part::kClosedUnder};
  if (drawn < 5) return {.producers = Part::kClosedUnder, .consumers = Part::kIdles};
  if (drawn < 6) return {.producers = Part::kClosedUnder, .consumers = Part::kWorks};
  if (drawn < 8) return {.producers = Part::kClosedUnder, .consumers = Part::kClosedUnder};
  if (drawn < 9) return {.producers = Part::kLeaves, .consumers = Part::kWorks};
  return {.producers = Part::kWorks, .consumers = Part::kLeaves};
}

class Maker {
 public:
  Maker(const TransportKind& kind, Program& program, Draw& draw, const Plan& plan)
      : traits_(kind.traits),
        program_(program),
        draw_(draw),
        plan_(plan),
        size_(PayloadOf(kind, program)) {}

  void Make() {
    for (std::uint32_t actor = 0; actor < program_.producers; ++actor) {
      if (plan_.producers == Part::kClosedUnder) RaceProducer(actor);
      if (plan_.producers == Part::kLeaves) LeaveProducer(actor);
      if (plan_.producers == Part::kWorks) AddCalls(actor, true, WaitToSend());
    }
    const bool can_drain = plan_.consumers == Part::kWorks || traits_.reopens_consumer;
    for (std::uint32_t actor = program_.producers; actor < program_.actors(); ++actor) {
      if (plan_.consumers == Part::kClosedUnder) RaceConsumer(actor);
      if (plan_.consumers == Part::kLeaves) LeaveConsumer(actor);
      if (can_drain && plan_.consumers != Part::kIdles) AddDrain(program_, actor);
    }
  }

 private:
  std::uint32_t Instant() { return draw_.Between(0, kInstantMaxUs); }

  // Of the calls that another thread closes under.
  std::uint32_t RacedWait() {
    if (!traits_.close_wakes) return draw_.Between(1, kWaitUs);
    return draw_.OneIn(4) ? draw_.Between(1, kInstantMaxUs) : kTimeoutNever;
  }

  // A single one, as many as the channel can hold and more, or one after another in full swing.
  std::uint32_t Calls(std::uint32_t wait_us) {
    if (draw_.OneIn(3)) return 1;
    const bool swings = wait_us == kTimeoutNever && size_ <= kSmallSize;
    if (swings && draw_.OneIn(2)) return kSwingCalls;
    return traits_.exact_capacity ? draw_.Between(1, program_.capacity_messages + 2)
                                  : draw_.Between(2, kManyCalls);
  }

  // Where the consumers go and the messages are kept, nobody takes what is sent.
  std::uint32_t WaitToSend() const {
    const bool ends = traits_.send_needs_consumer && !traits_.reopens_consumer;
    return plan_.consumers == Part::kWorks || ends ? kTimeoutNever : kWaitUs;
  }

  void AddCalls(std::uint32_t actor, bool sends, std::uint32_t wait_us) {
    const std::uint32_t calls = Calls(wait_us);
    sends ? AddSends(program_, actor, size_, calls, wait_us)
          : AddReceives(program_, actor, 0, calls, wait_us);
  }

  void CloseUnder() { program_.operations.back().closed_after_us = Instant(); }

  void Reopen(std::uint32_t actor) {
    AddReopening(program_, actor);
    program_.operations.back().timeout_us = kOpenWaitUs;
  }

  void RaceProducer(std::uint32_t actor) {
    for (std::uint32_t round = 0; round < plan_.rounds; ++round) {
      if (round > 0) Reopen(actor);
      if (traits_.duplex && draw_.OneIn(3)) {
        AddReceives(program_, actor, 0, 1, RacedWait());
        CloseUnder();
      }
      AddCalls(actor, true, RacedWait());
      CloseUnder();
      if (!traits_.reopens_producer) return;
    }
  }

  void RaceConsumer(std::uint32_t actor) {
    for (std::uint32_t round = 0; round < plan_.rounds; ++round) {
      if (traits_.duplex && draw_.OneIn(3)) {
        AddReceives(program_, actor, 0, 1, kWaitUs);  // whom it answers
        AddCalls(actor, true, RacedWait());
        CloseUnder();
      }
      AddCalls(actor, false, RacedWait());
      CloseUnder();
      if (!traits_.reopens_consumer) return;
      Reopen(actor);
    }
  }

  // It goes while its peers wait for more, or for room; some of them close one direction only.
  void LeaveProducer(std::uint32_t actor) {
    for (std::uint32_t round = 0; round < plan_.rounds; ++round) {
      if (round > 0) Reopen(actor);
      AddCalls(actor, true, WaitToSend());
      AddClose(actor, draw_.OneIn(3) ? Action::kCloseSend : Action::kClose);
      if (!traits_.reopens_producer) return;
    }
  }

  void LeaveConsumer(std::uint32_t actor) {
    for (std::uint32_t round = 0; round < plan_.rounds; ++round) {
      AddCalls(actor, false, kWaitUs);
      AddClose(actor, draw_.OneIn(3) ? Action::kCloseReceive : Action::kClose);
      if (!traits_.reopens_consumer) return;
      Reopen(actor);
    }
  }

  void AddClose(std::uint32_t actor, Action action) {
    program_.operations.push_back(
        {.action = action, .actor = static_cast<std::uint8_t>(actor), .timeout_us = Instant()});
  }

  const Traits& traits_;
  Program& program_;
  Draw& draw_;
  const Plan& plan_;
  const std::uint32_t size_;
};

}  // namespace

bool CloseRaceApplies(const TransportKind&, Mode mode) { return mode != Mode::kSequential; }

Program MakeCloseRace(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  const bool fills = kind.traits.exact_capacity || draw.OneIn(2);
  Program program = Begin(kind, options, draw, draw.Between(1, 3), draw.Between(1, 2),
                          fills ? kSmallSize : kLargeSize);
  program.capacity_messages = draw.Between(1, 3);
  Plan plan = DrawPlan(draw);
  plan.rounds = RoundsOf(
      kind, program,
      Choose(options.messages, kRounds * options.scale, kOperationsMax / (8 * program.actors())));
  Normalise(program, kind.traits);
  Maker(kind, program, draw, plan).Make();
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
