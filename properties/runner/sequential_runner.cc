#include "properties/runner/sequential_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <utility>

#include "properties/faults/syscall_faults.h"
#include "properties/program/payload.h"
#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// Bytes behind the buffer that a receive is given; writing to them is an overrun.
constexpr std::array<std::byte, 8> kCanary = {std::byte{0xca}, std::byte{0x4a}, std::byte{0x12},
                                              std::byte{0x9d}, std::byte{0x55}, std::byte{0xe7},
                                              std::byte{0x31}, std::byte{0x0b}};

// What an asynchronous kind owes comes at once, unless the machine is very busy.
constexpr std::chrono::seconds kPatience{2};

Outcome Failed(const Error& error) {
  Outcome outcome;
  outcome.state = Outcome::State::kFailed;
  outcome.error = error.code;
  outcome.sys_errno = error.sys_errno;
  return outcome;
}

Outcome Succeeded() {
  Outcome outcome;
  outcome.state = Outcome::State::kOk;
  return outcome;
}

// A fault that the sequential runner can inject; a kill would end the judge as well.
bool Injects(const Fault& fault) {
  return fault.kind != FaultKind::kNone && fault.kind != FaultKind::kKill;
}

}  // namespace

SequentialRunner::SequentialRunner(TransportKind kind, ChannelName name)
    : kind_(std::move(kind)), name_(std::move(name)) {}

SequentialRunner::~SequentialRunner() = default;

std::optional<Violation> SequentialRunner::Fail(Rule rule, const char* what, const Error& error) {
  return Violation{rule, fmt::format("{} failed with {}", what, ToString(error)),
                   Violation::kNoEvent};
}

std::optional<Violation> SequentialRunner::Run(const Program& program) {
  history_.clear();
  clock_ = 0;
  model_.Reset(kind_.traits, program);
  send_buffer_.resize(program.message_size_bytes + std::size_t{1});
  receive_buffer_.resize(program.message_size_bytes + 1 + kCanary.size());
  const std::size_t refused_before = refused_;
  auto violation = SetUp(program);
  if (!violation && refused_ == refused_before) violation = PlayAll(program);
  auto left = TearDown();
  return violation ? violation : left;
}

std::optional<Violation> SequentialRunner::SetUp(const Program& program) {
  auto channel = kind_.create(name_, program.options());
  if (!channel) {
    const Errc code = channel.error().code;
    if (code != Errc::kNoSpace && code != Errc::kPermission) {
      return Fail(code == Errc::kExists ? Rule::kRestart : Rule::kLimits, "create",
                  channel.error());
    }
    ++refused_;
    refusal_ = ToString(channel.error());
    return std::nullopt;
  }
  channel_ = *std::move(channel);
  endpoints_.resize(program.actors());
  // The consumers first: a producer's connection needs somebody who listens.
  for (std::uint32_t i = 0; i < program.actors(); ++i) {
    const std::uint32_t actor = (i + program.producers) % program.actors();
    patient_ = kind_.traits.asynchronous;
    auto endpoint = channel_->Attach(program.role(actor), Patience());
    if (!endpoint) return Fail(Rule::kLimits, "attach", endpoint.error());
    endpoints_[actor] = *std::move(endpoint);
  }
  channel_->Detach();
  return std::nullopt;
}

std::optional<Violation> SequentialRunner::TearDown() {
  for (auto& endpoint : endpoints_) endpoint.reset();
  endpoints_.clear();
  std::optional<Violation> violation;
  if (channel_ != nullptr) {
    if (const auto unlinked = channel_->Unlink(); !unlinked) {
      violation = Fail(Rule::kNoLeak, "unlink", unlinked.error());
    }
  }
  channel_.reset();
  return violation;
}

std::optional<Violation> SequentialRunner::PlayAll(const Program& program) {
  std::optional<Violation> violation;
  for (std::size_t i = 0; i < program.operations.size() && !violation; ++i) {
    violation = Perform(program, program.operations[i], i);
  }
  if (!violation) violation = DrainAll(program);
  if (!violation || violation->rule != Rule::kOrder) return violation;
  // What seems to have been overtaken may never come at all: look at what is left.
  static_cast<void>(DrainAll(program));
  if (model_.OvertakenIsLost()) {
    violation->rule = Rule::kNoLoss;
    violation->reason += "; the latter never came";
  }
  return violation;
}

std::optional<Violation> SequentialRunner::Perform(const Program& program, const Operation& op,
                                                   std::size_t index) {
  const bool opens = op.action == Action::kOpen;
  if (op.action == Action::kKill || model_.IsOpen(op.actor) == opens) return std::nullopt;
  if (op.action == Action::kDrain) return Drain(program, op, index);
  for (std::uint32_t i = 0; i < op.repeat; ++i) {
    Operation single = op;
    if (i > 0) single.fault = Fault{};
    if (auto violation = Once(program, single, index)) return violation;
  }
  return std::nullopt;
}

std::optional<Violation> SequentialRunner::Once(const Program& program, const Operation& op,
                                                std::size_t index) {
  // Recorded before it is made: a process that dies in a call leaves it as one that never ended.
  history_.push_back({.actor = op.actor,
                      .operation_index = static_cast<std::uint32_t>(index),
                      .action = op.action,
                      .start_ns = clock_++});
  Event& event = history_.back();
  if (Injects(op.fault)) {
    ArmFault(op.fault);
    event.outcome = Execute(program, op);
    event.outcome.fault_fired = DisarmFault().fired;
  } else {
    event.outcome = Execute(program, op);
  }
  event.end_ns = clock_++;
  const auto received = std::span(receive_buffer_).first(received_bytes_);
  // Waiting in vain for what is owed is to be told that there is nothing.
  if (patient_ && event.outcome.error == Errc::kTimedOut) event.outcome.error = Errc::kWouldBlock;
  auto violation = model_.Step(op, event.outcome, received);
  if (!violation) return std::nullopt;
  violation->event_index = history_.size() - 1;
  if (violation->rule == Rule::kNoDuplicate && SendHadFailed(event.outcome.id)) {
    violation->rule = Rule::kNoInvention;
    violation->reason = fmt::format("received message {} of actor {}, whose send had failed",
                                    event.outcome.id.sequence, event.outcome.id.producer);
  }
  return violation;
}

bool SequentialRunner::SendHadFailed(MessageId id) const {
  return std::ranges::any_of(history_, [id](const Event& event) {
    return event.action == Action::kSend && !event.outcome.ok() && event.outcome.id == id;
  });
}

// Receives until the channel says that there is nothing. Bounded by what can be queued: a channel
// that never says so invents messages, which the model sees at the first one.
std::optional<Violation> SequentialRunner::Drain(const Program& program, const Operation& op,
                                                 std::size_t index) {
  Operation receive = op;
  receive.action = Action::kReceive;
  receive.size_bytes = 0;
  for (;;) {
    if (auto violation = Once(program, receive, index)) return violation;
    receive.fault = Fault{};
    if (!history_.back().outcome.ok()) return std::nullopt;
  }
}

std::optional<Violation> SequentialRunner::DrainAll(const Program& program) {
  std::optional<Violation> first;
  for (std::uint32_t actor = 0; actor < program.actors(); ++actor) {
    const Role role = program.role(actor);
    Operation op{.actor = static_cast<std::uint8_t>(actor)};
    // Some kinds keep what is queued for a consumer that comes later: let one come.
    if (!model_.IsOpen(actor) && role == Role::kConsumer && kind_.traits.keeps_queued &&
        kind_.traits.reopens_consumer) {
      op.action = Action::kOpen;
      auto violation = Once(program, op, program.operations.size());
      if (violation && !first) first = violation;
    }
    if (!model_.CanReceive(actor) || endpoints_[actor] == nullptr) continue;
    auto violation = Drain(program, op, program.operations.size());
    if (!violation) continue;
    if (violation->rule == Rule::kCapacity) {
      // Said to be empty although something is queued. If nothing comes now either, it is lost;
      // what an asynchronous kind owes has been waited for already.
      const std::size_t queued = model_.queued_messages();
      if (!patient_) static_cast<void>(Drain(program, op, program.operations.size()));
      if (model_.queued_messages() == queued) {
        violation->rule = Rule::kNoLoss;
        violation->reason += " and have not come: lost";
      }
    }
    if (!first) first = violation;
  }
  return first;
}

Deadline SequentialRunner::Patience() const {
  return patient_ ? Deadline::After(kPatience) : Deadline::Now();
}

Outcome SequentialRunner::Execute(const Program& program, const Operation& op) {
  received_bytes_ = 0;
  patient_ = kind_.traits.asynchronous && model_.Owes(op);
  switch (op.action) {
    case Action::kSend:
      return Send(program, op);
    case Action::kReceive:
      return Receive(program, op);
    case Action::kOpen:
      return Open(program, op);
    default:
      return Close(op);
  }
}

Outcome SequentialRunner::Send(const Program& program, const Operation& op) {
  const MessageId id = model_.NextId(op.actor);
  const auto payload = std::span(send_buffer_).first(op.size_bytes);
  if (kind_.traits.shape == Shape::kBytes) {
    FillStream(payload, program.seed, id.producer, id.sequence);
  } else {
    FillPayload(payload, program.seed, id);
  }
  const auto sent = endpoints_[op.actor]->Send(payload, op.priority, Patience());
  Outcome outcome = sent ? Succeeded() : Failed(sent.error());
  outcome.size_bytes = static_cast<std::uint32_t>(sent.value_or(0));
  outcome.priority = op.priority;
  outcome.id = id;
  outcome.identified = true;
  return outcome;
}

Outcome SequentialRunner::Receive(const Program& program, const Operation& op) {
  const std::size_t size = op.size_bytes != 0 ? op.size_bytes : program.message_size_bytes;
  const auto buffer = std::span(receive_buffer_).first(size);
  std::memcpy(buffer.data() + size, kCanary.data(), kCanary.size());
  const auto received = endpoints_[op.actor]->Receive(buffer, Patience());
  if (!received) return Failed(received.error());
  Outcome outcome = Succeeded();
  outcome.source = received->source;
  outcome.source_ended = received->source_ended;
  outcome.priority = received->priority;
  outcome.size_bytes = static_cast<std::uint32_t>(received->size_bytes);
  received_bytes_ = std::min(received->size_bytes, size);
  outcome.intact = received->size_bytes <= size &&
                   std::memcmp(buffer.data() + size, kCanary.data(), kCanary.size()) == 0;
  if (const auto id = Identify(buffer.first(received_bytes_), program.seed)) {
    outcome.id = *id;
    outcome.identified = true;
  }
  return outcome;
}

Outcome SequentialRunner::Close(const Operation& op) {
  if (op.action == Action::kClose) {
    endpoints_[op.actor].reset();
    return Succeeded();
  }
  const Direction direction =
      op.action == Action::kCloseSend ? Direction::kSend : Direction::kReceive;
  const auto closed = endpoints_[op.actor]->CloseDirection(direction);
  return closed ? Succeeded() : Failed(closed.error());
}

Outcome SequentialRunner::Open(const Program& program, const Operation& op) {
  const Role role = program.role(op.actor);
  auto endpoint = kind_.open ? kind_.open(name_, role, program.options(), Patience())
                             : channel_->Attach(role, Patience());
  if (!endpoint) return Failed(endpoint.error());
  endpoints_[op.actor] = *std::move(endpoint);
  return Succeeded();
}

}  // namespace ipc_hammer
