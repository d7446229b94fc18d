#include "stress/scenarios/chat.h"

#include <algorithm>

#include "properties/program/payload.h"
#include "stress/scenarios/draw.h"

namespace ipc_hammer {
namespace {

// What one client has on the way: few enough for any floor.
constexpr std::uint32_t kRequestsMax = 4;
constexpr std::uint32_t kAnswersMax = 3;

// How a message of the conversation looks.
struct Form {
  std::uint32_t size;
  std::uint32_t buffer;
};

// A raw stream joins what is sent, so there a message is a byte, and is received as one.
Form FormOf(const TransportKind& kind, const Program& program) {
  if (kind.traits.shape == Shape::kBytes) return {.size = 1, .buffer = 1};
  return {.size = PayloadOf(kind, program), .buffer = 0};
}

}  // namespace

bool ChatApplies(const TransportKind& kind, Mode mode) {
  return mode != Mode::kSequential && kind.traits.duplex;
}

Program MakeChat(const TransportKind& kind, const ScenarioOptions& options) {
  Draw draw(options.seed);
  Program program =
      Begin(kind, options, draw, draw.Between(2, 4), 1, draw.Between(kPayloadHeaderBytes, 512));
  program.consumers = 1;  // an answer has to come from the one who was asked
  const Form form = FormOf(kind, program);
  const std::uint32_t requests = draw.Between(1, kRequestsMax);
  const std::uint32_t answers = draw.Between(1, kAnswersMax);
  const std::uint32_t messages =
      Choose(options.messages, 60 * options.scale, kOperationsMax / (4 * program.producers));
  const std::uint32_t rounds = std::max(messages / requests, 1U);
  for (std::uint32_t client = 0; client < program.producers; ++client) {
    for (std::uint32_t i = 0; i < rounds; ++i) {
      AddSends(program, client, form.size, requests, kTimeoutNever);
      AddReceives(program, client, form.buffer, requests * answers, kTimeoutNever);
    }
    // A client that went away would take up one of the server's receives.
    AddDrain(program, client);
  }
  const std::uint32_t server = program.producers;
  for (std::uint32_t i = 0; i < program.producers * rounds * requests; ++i) {
    AddReceives(program, server, form.buffer, 1, kTimeoutNever);
    AddSends(program, server, form.size, answers, kTimeoutNever);
  }
  AddDrains(program);
  Normalise(program, kind.traits);
  return program;
}

}  // namespace ipc_hammer
