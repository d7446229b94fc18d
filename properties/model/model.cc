#include "properties/model/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "transports/error.h"

namespace ipc_hammer {
namespace {

std::optional<Violation> Broken(Rule rule, std::string reason) {
  return Violation{rule, std::move(reason), Violation::kNoEvent};
}

// Errors that an injected fault explains: what the system call would have said for real.
bool FaultExplains(const Operation& op, const Outcome& outcome) {
  if (!outcome.fault_fired) return false;
  switch (op.fault.kind) {
    case FaultKind::kSpurious:
      return outcome.error == Errc::kWouldBlock || outcome.error == Errc::kTimedOut;
    case FaultKind::kDescriptors:
    case FaultKind::kMemory:
    case FaultKind::kSpace:
      return outcome.error == Errc::kNoSpace || outcome.error == Errc::kSystem ||
             outcome.error == Errc::kWouldBlock;
    default:
      return false;  // an interruption or a short transfer must change nothing
  }
}

}  // namespace

void Model::Reset(const Traits& traits, const Program& program) {
  traits_ = traits;
  producers_ = program.producers;
  capacity_ = program.capacity_messages;
  message_size_ = program.message_size_bytes;
  seed_ = program.seed;
  actors_.assign(program.actors(), Actor{});
  for (std::uint32_t a = 0; a < program.actors(); ++a) {
    actors_[a].sends = IsProducer(a) || traits.duplex;
    actors_[a].receives = !IsProducer(a) || traits.duplex;
    actors_[a].connection = traits.connections && IsProducer(a) ? a : 0;
    actors_[a].way = a;
  }
  const std::size_t connections = traits.connections ? program.producers : 1;
  connections_.resize(connections);
  for (Connection& connection : connections_) {
    connection.forward.Clear();
    connection.backward.Clear();
    connection.end_reported = false;
  }
  reply_to_.reset();
  gap_ = residue_ = false;
  arrivals_.Clear();
  next_way_ = program.actors();
  overtaken_in_ = nullptr;
  overtaken_.reset();
}

MessageId Model::NextId(std::uint32_t actor) const {
  return {.producer = actor, .sequence = actors_[actor].next_sequence};
}

std::optional<Violation> Model::Step(const Operation& op, const Outcome& outcome,
                                     std::span<const std::byte> received) {
  switch (op.action) {
    case Action::kSend:
      return StepSend(op, outcome);
    case Action::kReceive:
    case Action::kDrain:
      return StepReceive(op, outcome, received);
    case Action::kCloseSend:
    case Action::kCloseReceive:
    case Action::kClose:
      return StepClose(op, outcome);
    case Action::kOpen:
      return StepOpen(op, outcome);
    case Action::kKill:
      return std::nullopt;
  }
  return std::nullopt;
}

bool Model::AnyConsumerReceives() const {
  return std::any_of(actors_.begin() + producers_, actors_.end(),
                     [](const Actor& a) { return a.open && a.receives; });
}

bool Model::AnyConsumerSends() const {
  return std::any_of(actors_.begin() + producers_, actors_.end(),
                     [](const Actor& a) { return a.open && a.sends; });
}

bool Model::AnyProducerSends() const {
  return std::any_of(actors_.begin(), actors_.begin() + producers_,
                     [](const Actor& a) { return a.open && a.sends; });
}

// The producer that holds this connection; none once it has closed its endpoint.
std::optional<std::uint32_t> Model::ProducerOf(std::uint32_t connection) const {
  for (std::uint32_t a = 0; a < producers_; ++a) {
    if (actors_[a].open && actors_[a].connection == connection) return a;
  }
  return std::nullopt;
}

std::size_t Model::queued_messages() const { return Queued(true) + Queued(false); }

std::size_t Model::Queued(bool forward) const {
  std::size_t sum = 0;
  for (const Connection& c : connections_) sum += (forward ? c.forward : c.backward).messages();
  return sum;
}

bool Model::Owes(const Operation& op) const {
  const Actor& actor = actors_[op.actor];
  switch (op.action) {
    case Action::kSend: {
      const bool too_large = traits_.shape != Shape::kBytes && op.size_bytes > message_size_;
      return actor.sends && !too_large && op.priority < traits_.priorities &&
             HasReceiver(op.actor) && !MayBeFull(SendQueue(op.actor), op) &&
             (IsProducer(op.actor) || !traits_.connections || reply_to_);
    }
    case Action::kReceive:
    case Action::kDrain: {
      const bool small =
          traits_.shape == Shape::kMessages && op.size_bytes != 0 && op.size_bytes < message_size_;
      return actor.receives && !small && (!NothingOwedTo(op.actor) || EndMustBeReported(op.actor));
    }
    case Action::kOpen:
      return CanOpen(op.actor) && !BacklogMayBeFull();
    default:
      return false;
  }
}

// --- send ---

// Where the actor's messages go; nullptr for a consumer that has nobody to answer yet.
MessageQueue* Model::SendQueue(std::uint32_t actor) {
  if (IsProducer(actor)) return &connections_[actors_[actor].connection].forward;
  return &connections_[reply_to_.value_or(0)].backward;
}

const MessageQueue& Model::SendQueue(std::uint32_t actor) const {
  return *const_cast<Model*>(this)->SendQueue(actor);
}

bool Model::HasReceiver(std::uint32_t actor) const {
  if (IsProducer(actor)) return AnyConsumerReceives();
  const auto producer = ProducerOf(reply_to_.value_or(0));
  return producer && actors_[*producer].receives;
}

bool Model::IsFull(const MessageQueue& queue) const {
  return traits_.exact_capacity && queue.messages() >= capacity_;
}

// May a Send that fails say that there is no room?
bool Model::MayBeFull(const MessageQueue& queue, const Operation& op) const {
  if (traits_.exact_capacity) return queue.messages() >= capacity_;
  if (residue_) return true;
  // Of messages that look the same, others than those that the queue misses may have been dropped.
  const std::size_t messages = std::max(queue.messages(), arrivals_.messages_max());
  const std::size_t bytes = std::max(queue.bytes(), arrivals_.bytes_max());
  return messages >= traits_.floor_messages || bytes + op.size_bytes > traits_.floor_bytes;
}

// May a message that was taken vanish? Asked before it is queued.
bool Model::MayBeDropped(const Operation& op) const {
  if ((traits_.asynchronous || traits_.lossy) && !HasReceiver(op.actor)) return true;
  return traits_.lossy && MayBeFull(SendQueue(op.actor), op);
}

bool Model::IsGone(std::uint32_t actor) const {
  const Actor& a = actors_[actor];
  return !a.open || (!a.sends && !a.receives);
}

void Model::ResetIfPeerIsGone(std::uint32_t actor) {
  if (!traits_.send_resets_closed) return;
  if (IsProducer(actor)) {
    bool gone = true;
    for (std::uint32_t a = producers_; a < actors_.size(); ++a) gone &= IsGone(a);
    if (gone) connections_[actors_[actor].connection].backward.MayAllBeDropped();
    return;
  }
  const std::uint32_t connection = reply_to_.value_or(0);
  const auto producer = ProducerOf(connection);
  if (!producer || IsGone(*producer)) connections_[connection].forward.MayAllBeDropped();
}

std::optional<Violation> Model::StepSend(const Operation& op, const Outcome& outcome) {
  ResetIfPeerIsGone(op.actor);
  auto violation = outcome.ok() ? SendSucceeded(op, outcome) : SendFailed(op, outcome);
  Actor& actor = actors_[op.actor];
  const bool stream = traits_.shape == Shape::kBytes;
  if (outcome.ok()) {
    const std::uint32_t size = stream ? outcome.size_bytes : op.size_bytes;
    const QueuedMessage message{NextId(op.actor), size, op.priority, MayBeDropped(op), actor.way};
    SendQueue(op.actor)->Push(message);
    if (ProducersGoOwnWays()) arrivals_.Sent(message);
    if (stream) actor.next_sequence += size;
  } else {
    residue_ = true;
  }
  if (!stream) ++actor.next_sequence;
  return violation;
}

std::optional<Violation> Model::SendSucceeded(const Operation& op, const Outcome& outcome) {
  if (!actors_[op.actor].sends) {
    return Broken(Rule::kClose, "send succeeded on a direction that this endpoint had closed");
  }
  if (traits_.shape != Shape::kBytes && op.size_bytes > message_size_) {
    return Broken(Rule::kLimits, fmt::format("send accepted {} bytes, the channel's limit is {}",
                                             op.size_bytes, message_size_));
  }
  if (op.priority >= traits_.priorities) {
    return Broken(Rule::kLimits, fmt::format("send accepted priority {}, the highest is {}",
                                             op.priority, traits_.priorities - 1));
  }
  // Others carry the news that the receiver has gone.
  if (traits_.send_needs_consumer && !traits_.asynchronous && !HasReceiver(op.actor)) {
    return Broken(Rule::kClose, "send succeeded although no receiver is left");
  }
  if (const MessageQueue& queue = *SendQueue(op.actor); IsFull(queue)) {
    return Broken(Rule::kCapacity, fmt::format("send succeeded with {} messages queued of {}",
                                               queue.messages(), capacity_));
  }
  const bool whole = outcome.size_bytes == op.size_bytes;
  const bool part = outcome.size_bytes > 0 && outcome.size_bytes < op.size_bytes;
  if (whole || (part && traits_.shape == Shape::kBytes)) return std::nullopt;
  return Broken(Rule::kBoundaries,
                fmt::format("send took {} of {} bytes", outcome.size_bytes, op.size_bytes));
}

std::optional<Violation> Model::SendFailed(const Operation& op, const Outcome& outcome) {
  if (FaultExplains(op, outcome)) return std::nullopt;
  const bool closed = !actors_[op.actor].sends;
  const bool nobody = traits_.send_needs_consumer && !HasReceiver(op.actor);
  const bool too_large = traits_.shape != Shape::kBytes && op.size_bytes > message_size_;
  const bool bad_priority = op.priority >= traits_.priorities;
  bool legal = false;
  switch (outcome.error) {
    case Errc::kClosed:
      legal = closed;
      break;
    case Errc::kPeerClosed:
      legal = nobody;
      break;
    case Errc::kTooLarge:
      legal = too_large;
      break;
    case Errc::kInvalidArgument:
      legal = bad_priority;
      break;
    case Errc::kWouldBlock:
      // A call that must fail for another reason must say that reason, full or not. A consumer
      // whose first producer has not been heard of has nobody to answer.
      // Of one who has gone an asynchronous kind may not know yet, and what was sent to him is
      // there.
      legal = !closed && !too_large && !bad_priority &&
              ((traits_.asynchronous && nobody) || MayBeFull(*SendQueue(op.actor), op) ||
               (!IsProducer(op.actor) && !reply_to_));
      break;
    default:
      break;
  }
  if (legal) return std::nullopt;
  const Rule rule = outcome.fault_fired                  ? Rule::kInterrupted
                    : outcome.error == Errc::kWouldBlock ? Rule::kCapacity
                    : closed || nobody                   ? Rule::kClose
                    : too_large || bad_priority          ? Rule::kLimits
                    : outcome.error == Errc::kTimedOut   ? Rule::kDeadline
                                                         : Rule::kLimits;
  return Broken(rule, fmt::format("send of {} bytes failed with {} while {} messages ({} bytes) of "
                                  "its direction were queued{}",
                                  op.size_bytes, ToString(outcome.error),
                                  SendQueue(op.actor)->messages(), SendQueue(op.actor)->bytes(),
                                  closed      ? ", its direction being closed"
                                  : nobody    ? ", no receiver being left"
                                  : too_large ? ", the size being above the limit"
                                              : ""));
}

// --- close, open ---

std::optional<Violation> Model::StepClose(const Operation& op, const Outcome& outcome) {
  const bool whole = op.action == Action::kClose;
  CloseDirections(op.actor, whole || op.action == Action::kCloseSend,
                  whole || op.action == Action::kCloseReceive);
  if (whole) actors_[op.actor].open = false;
  if (outcome.ok()) return std::nullopt;
  return Broken(Rule::kClose, fmt::format("closing failed with {}", ToString(outcome.error)));
}

void Model::CloseDirections(std::uint32_t actor, bool sending, bool receiving) {
  Actor& a = actors_[actor];
  const bool sent = a.sends;
  if (sending) a.sends = false;
  if (receiving) a.receives = false;
  if (sending && sent && IsProducer(actor) && !AnyProducerSends()) gap_ = true;
  if (!receiving || traits_.keeps_queued) return;
  // What was sent to somebody who will never receive is gone, and no loss.
  if (IsProducer(actor)) {
    if (traits_.connections) connections_[a.connection].backward.Clear();
  } else if (!AnyConsumerReceives()) {
    for (Connection& connection : connections_) connection.forward.Clear();
    arrivals_.Clear();
  }
}

// A producer whose sends need a consumer may need one for its opening as well, as a FIFO's does.
bool Model::CanOpen(std::uint32_t actor) const {
  if (!IsProducer(actor) || AnyConsumerReceives()) return true;
  return !traits_.connections && !traits_.send_needs_consumer;
}

// Who listens keeps as many waiting as may be connected; one more has to wait itself.
bool Model::BacklogMayBeFull() const {
  return traits_.connections && connections_.size() > traits_.producers_max;
}

std::optional<Violation> Model::StepOpen(const Operation& op, const Outcome& outcome) {
  const bool possible = CanOpen(op.actor);
  if (!outcome.ok()) {
    const bool backlog_full = outcome.error == Errc::kWouldBlock && BacklogMayBeFull();
    if (!possible || backlog_full || FaultExplains(op, outcome)) return std::nullopt;
    return Broken(Rule::kClose, fmt::format("opening the endpoint again failed with {}",
                                            ToString(outcome.error)));
  }
  Actor& actor = actors_[op.actor];
  actor.open = true;
  actor.way = next_way_++;
  actor.sends = IsProducer(op.actor) || traits_.duplex;
  actor.receives = !IsProducer(op.actor) || traits_.duplex;
  if (traits_.connections && IsProducer(op.actor)) {
    actor.connection = static_cast<std::uint32_t>(connections_.size());
    connections_.emplace_back().made_after_end = !AnyConsumerSends();
  }
  if (possible || !traits_.connections) return std::nullopt;
  return Broken(Rule::kClose, "an endpoint was opened although nobody is there to serve it");
}

}  // namespace ipc_hammer
