#include "properties/generators/random_program.h"

#include <limits.h>

#include <algorithm>
#include <array>

#include "properties/generators/dice.h"

namespace ipc_hammer {
namespace {

using ActionWeights = std::array<std::uint32_t, kActionCount>;

std::uint32_t& WeightOf(ActionWeights& weights, Action action) {
  return weights[static_cast<std::size_t>(action)];
}

// What one program is made of, drawn once at its beginning.
struct Swarm {
  ActionWeights weights{};
  std::uint32_t fault_one_in = 0;  // 0: none
  std::uint32_t repeat_one_in = 0;
  std::uint32_t small_buffer_one_in = 0;
  std::uint32_t sizes = 0;  // 0: boundaries, 1: any, 2: one size, 3: as large as can be
  std::uint32_t one_size = 0;
};

class Composer {
 public:
  Composer(const TransportKind& kind, std::uint64_t seed, const ProgramShape& shape)
      : traits_(kind.traits), shape_(shape), dice_(seed) {
    program_.kind = kind.name;
  }

  Program Compose(int size) {
    DrawOptions();
    DrawSwarm();
    const std::uint32_t scale = static_cast<std::uint32_t>(std::clamp(size, 0, kProgramSizeMax));
    const std::uint32_t most = std::max(1U, shape_.operations_max * scale / kProgramSizeMax);
    const std::size_t count = dice_.Between(1, most);
    while (program_.operations.size() < count) AddPhase(count);
    Normalise(program_, traits_);
    return std::move(program_);
  }

 private:
  void DrawOptions() {
    program_.capacity_messages = DrawCapacity();
    program_.message_size_bytes = DrawMessageSize();
    program_.producers = DrawActors(std::min(traits_.producers_max, shape_.producers_max));
    program_.consumers = DrawActors(std::min(traits_.consumers_max, shape_.consumers_max));
    program_.seed = dice_.Below(1U << 24);  // what the byte form can hold
  }

  std::uint32_t DrawCapacity() {
    std::size_t limit = shape_.capacity_max;
    if (traits_.capacity_messages_max > 0) limit = std::min(limit, traits_.capacity_messages_max);
    const std::uint32_t power = 1U << dice_.Below(7);
    const std::uint32_t drawn = dice_.Pick<std::uint32_t>(
        {1, 2, 3, power - 1, power, power + 1, 1 + dice_.Below(shape_.capacity_max)});
    return std::clamp(drawn, 1U, static_cast<std::uint32_t>(limit));
  }

  std::uint32_t DrawMessageSize() {
    const std::size_t limit = std::max<std::size_t>(
        1, std::min<std::size_t>(traits_.message_size_max, shape_.message_size_max));
    const std::uint32_t most = static_cast<std::uint32_t>(limit);
    const std::uint32_t drawn =
        dice_.Pick<std::uint32_t>({1, 24, 64, 255, 256, 257, PIPE_BUF - 1, PIPE_BUF, PIPE_BUF + 1,
                                   most, 1 + dice_.Below(most)});
    return std::clamp(drawn, 1U, most);
  }

  std::uint32_t DrawActors(std::uint32_t limit) {
    return limit <= 1 || dice_.OneIn(2) ? 1 : dice_.Between(1, limit);
  }

  void DrawSwarm() {
    for (const Action action : {Action::kSend, Action::kReceive}) {
      WeightOf(swarm_.weights, action) = dice_.OneIn(10) ? 0 : 1U << dice_.Between(3, 7);
    }
    // Rare within a program: after the last close there is little left to see.
    for (const Action action : {Action::kCloseSend, Action::kCloseReceive, Action::kClose}) {
      WeightOf(swarm_.weights, action) = dice_.OneIn(2) ? 0 : 1U << dice_.Below(3);
    }
    if (traits_.reopens_producer || traits_.reopens_consumer) {
      WeightOf(swarm_.weights, Action::kOpen) = dice_.OneIn(2) ? 0 : 1U << dice_.Below(4);
    }
    WeightOf(swarm_.weights, Action::kDrain) = dice_.OneIn(2) ? 0 : 1U << dice_.Below(3);
    if (shape_.kills) WeightOf(swarm_.weights, Action::kKill) = dice_.Below(4);
    if (Total() == 0) WeightOf(swarm_.weights, Action::kSend) = 1;
    swarm_.fault_one_in = shape_.faults && dice_.OneIn(2) ? dice_.Between(2, 16) : 0;
    swarm_.repeat_one_in = dice_.Pick({0U, 4U, 16U});
    swarm_.small_buffer_one_in = dice_.Pick({0U, 4U, 32U});
    swarm_.sizes = dice_.Below(4);
    swarm_.one_size = dice_.Below(program_.message_size_bytes + 1);
  }

  std::uint32_t Total() const {
    std::uint32_t total = 0;
    for (const std::uint32_t weight : swarm_.weights) total += weight;
    return total;
  }

  // A run that fills, a run that drains, or a mixture as the swarm's weights say.
  void AddPhase(std::size_t count) {
    const std::uint32_t capacity = program_.capacity_messages;
    const std::uint32_t run =
        dice_.Pick({capacity - 1, capacity, capacity + 1, 1 + dice_.Below(capacity), capacity * 2});
    switch (dice_.Below(4)) {
      case 0:
        return AddRun(Action::kSend, run, count);
      case 1:
        return AddRun(Action::kReceive, run, count);
      default:
        for (std::uint32_t i = 0; i <= run && program_.operations.size() < count; ++i) {
          Add(static_cast<Action>(dice_.Weighted(swarm_.weights)));
        }
    }
  }

  // One operation that is repeated, or one for each message, by any actor that can.
  void AddRun(Action action, std::uint32_t length, std::size_t count) {
    if (WeightOf(swarm_.weights, action) == 0 || length == 0) return Add(Action::kSend);
    if (swarm_.repeat_one_in != 0 && dice_.OneIn(2)) {
      Add(action);
      program_.operations.back().repeat = length;
      return;
    }
    for (std::uint32_t i = 0; i < length && program_.operations.size() < count; ++i) Add(action);
  }

  void Add(Action action) {
    Operation operation;
    operation.action = action;
    operation.actor = DrawActor(action);
    operation.timeout_us = DrawTimeout();
    switch (action) {
      case Action::kSend:
        operation.size_bytes = DrawSize();
        operation.priority = DrawPriority();
        break;
      case Action::kReceive:
        operation.size_bytes = OneInOrNever(swarm_.small_buffer_one_in) ? DrawSize() : 0;
        break;
      case Action::kKill:
        operation.target = static_cast<std::uint8_t>(dice_.Below(program_.actors()));
        operation.timeout_us = dice_.Below(2000);
        break;
      case Action::kCloseSend:
      case Action::kCloseReceive:
      case Action::kClose:
        operation.timeout_us = kTimeoutNow;  // one thread has nobody to close under
        break;
      default:
        break;
    }
    if (OneInOrNever(swarm_.repeat_one_in)) operation.repeat = dice_.Between(2, 17);
    if (OneInOrNever(swarm_.fault_one_in)) operation.fault = DrawFault();
    program_.operations.push_back(operation);
  }

  bool OneInOrNever(std::uint32_t n) { return n != 0 && dice_.OneIn(n); }

  // Usually the side that the action is for; one time in sixteen, and in duplex kinds one time in
  // four, any.
  std::uint8_t DrawActor(Action action) {
    const bool any = dice_.OneIn(traits_.duplex ? 4 : 16);
    if (!any && action == Action::kSend) return Actor(0, program_.producers);
    if (!any && (action == Action::kReceive || action == Action::kDrain)) {
      return Actor(program_.producers, program_.consumers);
    }
    return Actor(0, program_.actors());
  }
  std::uint8_t Actor(std::uint32_t first, std::uint32_t count) {
    return static_cast<std::uint8_t>(first + dice_.Below(count));
  }

  std::uint32_t DrawSize() {
    const std::uint32_t most = program_.message_size_bytes;
    switch (swarm_.sizes) {
      case 0:
        return dice_.Pick<std::uint32_t>(
            {0, 1, 23, 24, 25, most - 1, most, most + 1, PIPE_BUF - 1, PIPE_BUF, PIPE_BUF + 1});
      case 1:
        return dice_.Below(most + 2);
      case 2:
        return swarm_.one_size;
      default:
        return most;
    }
  }

  std::uint32_t DrawPriority() {
    const std::uint32_t count = traits_.priorities;
    if (count <= 1) return 0;
    return dice_.Pick({0U, 1U, count - 1, dice_.Below(std::min(count, 4U)), dice_.Below(count)});
  }

  std::uint32_t DrawTimeout() {
    if (!shape_.blocking) return kTimeoutNow;
    return dice_.Pick({kTimeoutNow, 1000U, 20'000U, kTimeoutNever});
  }

  Fault DrawFault() {
    // kNone is first and kKill last in the enumeration.
    const std::uint32_t kinds =
        static_cast<std::uint32_t>(kFaultKindCount) - (shape_.kills ? 1 : 2);
    return {.kind = static_cast<FaultKind>(1 + dice_.Below(kinds)),
            .nth_call = static_cast<std::uint8_t>(1 + (dice_.OneIn(2) ? 0 : dice_.Below(16)))};
  }

  const Traits& traits_;
  const ProgramShape& shape_;
  Dice dice_;
  Swarm swarm_;
  Program program_;
};

}  // namespace

Program RandomProgram(const TransportKind& kind, std::uint64_t seed, int size,
                      const ProgramShape& shape) {
  return Composer(kind, seed, shape).Compose(size);
}

}  // namespace ipc_hammer
