#include "stress/scenarios/draw.h"

#include <algorithm>

namespace ipc_hammer {

std::uint64_t Draw::Next() {
  std::uint64_t x = state_ += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint32_t Draw::Between(std::uint32_t low, std::uint32_t high) {
  return low + static_cast<std::uint32_t>(Next() % (std::uint64_t{high} - low + 1));
}

std::uint32_t Choose(std::uint32_t given, std::uint32_t drawn, std::uint32_t limit) {
  return std::clamp(given != 0 ? given : drawn, 1U, std::max(limit, 1U));
}

Program Begin(const TransportKind& kind, const ScenarioOptions& options, Draw& draw,
              std::uint32_t producers, std::uint32_t consumers, std::uint32_t size) {
  const Traits& traits = kind.traits;
  const bool raw = traits.shape == Shape::kBytes;
  Program program;
  program.kind = kind.name;
  program.seed = static_cast<std::uint32_t>(draw.Next());
  program.producers =
      Choose(options.producers, producers, raw && !traits.connections ? 1 : traits.producers_max);
  program.consumers = Choose(options.consumers, consumers, raw ? 1 : traits.consumers_max);
  program.message_size_bytes = options.message_size != 0 ? options.message_size : size;
  program.capacity_messages = draw.Between(1, 16);
  Normalise(program, traits);
  return program;
}

std::uint32_t PayloadOf(const TransportKind& kind, const Program& program) {
  return kind.traits.shape == Shape::kTokens ? 0 : program.message_size_bytes;
}

void AddSends(Program& program, std::uint32_t actor, std::uint32_t size, std::uint32_t repeat,
              std::uint32_t timeout_us) {
  program.operations.push_back({.action = Action::kSend,
                                .actor = static_cast<std::uint8_t>(actor),
                                .size_bytes = size,
                                .timeout_us = timeout_us,
                                .repeat = repeat});
}

void AddReceives(Program& program, std::uint32_t actor, std::uint32_t buffer, std::uint32_t repeat,
                 std::uint32_t timeout_us) {
  program.operations.push_back({.action = Action::kReceive,
                                .actor = static_cast<std::uint8_t>(actor),
                                .size_bytes = buffer,
                                .timeout_us = timeout_us,
                                .repeat = repeat});
}

void AddReopening(Program& program, std::uint32_t actor) {
  program.operations.push_back(
      {.action = Action::kClose, .actor = static_cast<std::uint8_t>(actor)});
  program.operations.push_back({.action = Action::kOpen,
                                .actor = static_cast<std::uint8_t>(actor),
                                .timeout_us = kTimeoutNever});
}

void AddDrain(Program& program, std::uint32_t actor) {
  program.operations.push_back({.action = Action::kDrain,
                                .actor = static_cast<std::uint8_t>(actor),
                                .timeout_us = kTimeoutNever});
}

void AddDrains(Program& program) {
  for (std::uint32_t consumer = program.producers; consumer < program.actors(); ++consumer) {
    AddDrain(program, consumer);
  }
}

}  // namespace ipc_hammer
