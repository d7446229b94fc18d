#include "properties/program/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace ipc_hammer {
namespace {

// Generous where a kind declares no bound of its own.
constexpr std::uint32_t kCapacityMax = 1 << 20;

// One above the size of a message is allowed: it must be answered by too_large.
constexpr std::uint32_t kTooLargeProbe = 1;

// What an operation of this program may contain.
struct Bounds {
  std::uint32_t producers, consumers, capacity, message_size_min, message_size;
};

std::uint32_t AtMost(std::size_t value, std::uint32_t limit) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(value, limit));
}

Bounds BoundsOf(const Traits& traits) {
  const bool tokens = traits.shape == Shape::kTokens;
  return {.producers = AtMost(traits.producers_max, kActorsMax / 2),
          .consumers = AtMost(traits.consumers_max, kActorsMax / 2),
          .capacity = traits.capacity_messages_max == 0
                          ? kCapacityMax
                          : AtMost(traits.capacity_messages_max, kCapacityMax),
          .message_size_min = tokens ? 0U : 1U,
          .message_size = tokens ? 0U : AtMost(traits.message_size_max, 1U << 30)};
}

bool CanSend(const Traits& traits, Role role) { return role == Role::kProducer || traits.duplex; }
bool CanReceive(const Traits& traits, Role role) {
  return role == Role::kConsumer || traits.duplex;
}
bool CanOpen(const Traits& traits, Role role) {
  return role == Role::kProducer ? traits.reopens_producer : traits.reopens_consumer;
}

bool IsData(Action action) { return action == Action::kSend || action == Action::kReceive; }

std::uint32_t SizeMax(const Program& program, const Traits& traits, Action action) {
  if (!IsData(action)) return 0;
  if (traits.shape == Shape::kTokens) return action == Action::kSend ? kTooLargeProbe : 0;
  if (traits.shape == Shape::kBytes) return program.message_size_bytes;
  return program.message_size_bytes + kTooLargeProbe;
}

Action Permitted(Action action, const Traits& traits, Role role) {
  const bool sends = CanSend(traits, role), receives = CanReceive(traits, role);
  if (action == Action::kSend && !sends) return Action::kReceive;
  if ((action == Action::kReceive || action == Action::kDrain) && !receives) return Action::kSend;
  if (action == Action::kOpen && !CanOpen(traits, role)) {
    return sends ? Action::kSend : Action::kReceive;
  }
  return action;
}

void Normalise(Operation& op, const Program& program, const Traits& traits) {
  op.actor = static_cast<std::uint8_t>(op.actor % program.actors());
  op.action = Permitted(op.action, traits, program.role(op.actor));
  const std::uint32_t size_max = SizeMax(program, traits, op.action);
  op.size_bytes = std::min(op.size_bytes, size_max);
  if (op.action == Action::kSend && traits.shape == Shape::kBytes) {
    op.size_bytes = std::max(op.size_bytes, 1U);
  }
  op.priority = op.action == Action::kSend ? std::min(op.priority, traits.priorities) : 0;
  op.target = op.action == Action::kKill ? static_cast<std::uint8_t>(op.target % program.actors())
                                         : std::uint8_t{0};
  if (Closes(op.action) && op.timeout_us == kTimeoutNever) op.timeout_us = kTimeoutNow;
  op.repeat = IsData(op.action) ? std::max(op.repeat, 1U) : 1;
  op.fault.nth_call = std::max(op.fault.nth_call, std::uint8_t{1});
  if (op.action == Action::kKill || op.fault.kind == FaultKind::kNone) op.fault = Fault{};
  const bool closed = IsData(op.action) && op.closed_after_us != kNeverClosed;
  op.closed_after_us = closed ? std::min(op.closed_after_us, kClosedAfterMaxUs) : kNeverClosed;
}

std::expected<void, std::string> CheckCounts(const Program& p, const Bounds& bounds) {
  struct Count {
    std::string_view what;
    std::uint32_t value, low, high;
  };
  for (const auto& [what, value, low, high] :
       {Count{"producers", p.producers, 1, bounds.producers},
        Count{"consumers", p.consumers, 1, bounds.consumers},
        Count{"capacity", p.capacity_messages, 1, bounds.capacity},
        Count{"message_size", p.message_size_bytes, bounds.message_size_min,
              bounds.message_size}}) {
    if (value >= low && value <= high) continue;
    return std::unexpected(
        fmt::format("{} {} is not between {} and {} for this kind", what, value, low, high));
  }
  return {};
}

// Which field Normalise had to change: the reason why the operation is not valid.
std::string WhatDiffers(const Operation& was, const Operation& is) {
  if (was.actor != is.actor) return fmt::format("there is no actor {}", was.actor);
  if (was.action != is.action) return "its actor's role does not allow the action on this kind";
  if (was.size_bytes != is.size_bytes) {
    return fmt::format("size {} should be {}", was.size_bytes, is.size_bytes);
  }
  if (was.priority != is.priority) {
    return fmt::format("priority {} should be {}", was.priority, is.priority);
  }
  if (was.target != is.target) return fmt::format("there is no actor {} to kill", was.target);
  if (was.timeout_us != is.timeout_us) return "a close comes some time, not never";
  if (was.repeat != is.repeat) return fmt::format("times {} should be {}", was.repeat, is.repeat);
  if (was.closed_after_us != is.closed_after_us) {
    return fmt::format("only a send or receive is closed under, after at most {} us",
                       kClosedAfterMaxUs);
  }
  return "the action takes no such fault";
}

}  // namespace

bool HasKills(const Program& program) { return std::ranges::any_of(program.operations, Kills); }

std::expected<void, std::string> Validate(const Program& program, const Traits& traits) {
  if (auto counts = CheckCounts(program, BoundsOf(traits)); !counts) return counts;
  for (const auto& [name, field, max] : kAdversityFields) {
    const std::uint32_t value = program.adversities.*field;
    if (value > max) return std::unexpected(fmt::format("{} {} is above {}", name, value, max));
  }
  if (program.operations.size() > kOperationsMax) {
    return std::unexpected(fmt::format("more than {} operations", kOperationsMax));
  }
  for (std::size_t i = 0; i < program.operations.size(); ++i) {
    Operation normal = program.operations[i];
    Normalise(normal, program, traits);
    if (normal == program.operations[i]) continue;
    return std::unexpected(
        fmt::format("operation {}: {}", i + 1, WhatDiffers(program.operations[i], normal)));
  }
  return {};
}

void Normalise(Program& program, const Traits& traits) {
  const Bounds bounds = BoundsOf(traits);
  program.producers = std::clamp(program.producers, 1U, bounds.producers);
  program.consumers = std::clamp(program.consumers, 1U, bounds.consumers);
  program.capacity_messages = std::clamp(program.capacity_messages, 1U, bounds.capacity);
  program.message_size_bytes =
      std::clamp(program.message_size_bytes, bounds.message_size_min, bounds.message_size);
  for (const auto& [name, field, max] : kAdversityFields) {
    program.adversities.*field = std::min(program.adversities.*field, max);
  }
  if (program.operations.size() > kOperationsMax) program.operations.resize(kOperationsMax);
  for (Operation& op : program.operations) Normalise(op, program, traits);
}

}  // namespace ipc_hammer
