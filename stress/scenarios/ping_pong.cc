#include "stress/scenarios/ping_pong.h"

#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

// Each round trip is two operations of two actors: a program is to stay readable.
constexpr std::uint32_t kRoundsMax = kOperationsMax / 4;

}  // namespace

bool PingPongApplies(const TransportKind&, Mode mode) { return mode != Mode::kSequential; }

Program MakePingPong(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program = Begin(kind, options, draw, 1, 1, draw.Between(1, 512));
  program.producers = program.consumers = 1;
  const std::uint32_t size = PayloadOf(kind, program);
  const std::uint32_t rounds = Choose(options.messages, 200 * options.scale, kRoundsMax);
  const std::uint32_t client = 0, server = 1;
  if (!kind.traits.duplex) {
    program.capacity_messages = 1;
    AddSends(program, client, size, rounds, kTimeoutNever);
    AddDrain(program, server);
  }
  // A raw stream may deliver a message in pieces, so a message there is one byte.
  const std::uint32_t one = kind.traits.shape == Shape::kBytes ? 1 : size;
  for (std::uint32_t i = 0; kind.traits.duplex && i < rounds; ++i) {
    AddSends(program, client, one, 1, kTimeoutNever);
    AddReceives(program, server, 0, 1, kTimeoutNever);
    AddSends(program, server, one, 1, kTimeoutNever);
    AddReceives(program, client, 0, 1, kTimeoutNever);
  }
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
