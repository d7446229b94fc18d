// The receiving half of the model: matching what came with what was queued, and saying precisely
// which rule is broken when it does not match.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "properties/model/model.h"
#include "transports/error.h"

namespace ipc_hammer {
namespace {

std::optional<Violation> Broken(Rule rule, std::string reason) {
  return Violation{rule, std::move(reason), Violation::kNoEvent};
}

bool ExplainedByFault(const Operation& op, const Outcome& outcome) {
  if (!outcome.fault_fired) return false;
  const FaultKind kind = op.fault.kind;
  if (kind == FaultKind::kSpurious) return outcome.error == Errc::kWouldBlock;
  const bool resource =
      kind == FaultKind::kDescriptors || kind == FaultKind::kMemory || kind == FaultKind::kSpace;
  return resource && (outcome.error == Errc::kNoSpace || outcome.error == Errc::kSystem);
}

}  // namespace

std::optional<Violation> Model::StepReceive(const Operation& op, const Outcome& outcome,
                                            std::span<const std::byte> received) {
  if (outcome.ok()) return ReceiveSucceeded(op, outcome, received);
  if (outcome.error == Errc::kWouldBlock && !ExplainedByFault(op, outcome)) NothingThere(op.actor);
  auto violation = ReceiveFailed(op, outcome);
  if (outcome.error == Errc::kPeerClosed && !IsProducer(op.actor)) gap_ = false;
  const bool drained = outcome.error == Errc::kWouldBlock || outcome.error == Errc::kPeerClosed;
  if (drained && !outcome.fault_fired) residue_ = false;
  return violation;
}

// What is owed may have come in the shape of what looks the same and may have been dropped.
void Model::NothingThere(std::uint32_t actor) {
  if (!ProducersGoOwnWays() || IsProducer(actor) || !CanReceive(actor)) return;
  arrivals_.NothingThere();
  if (NothingOwedTo(actor)) return;
  if (const auto left = arrivals_.ReadAnew(seed_)) QueueAnew(connections_[0].forward, *left);
}

void Model::QueueAnew(MessageQueue& queue, std::span<const QueuedMessage> messages) {
  queue.Clear();
  for (const QueuedMessage& message : messages) queue.Push(message);
}

bool Model::NothingOwedTo(std::uint32_t actor) const {
  if (IsProducer(actor)) return connections_[actors_[actor].connection].backward.owed() == 0;
  return std::ranges::all_of(connections_,
                             [](const Connection& c) { return c.forward.owed() == 0; });
}

bool Model::EndMustBeReported(std::uint32_t actor) const {
  if (IsProducer(actor)) {
    return EndMayBeReported(actor) && !connections_[actors_[actor].connection].made_after_end;
  }
  if (traits_.end_of_file == EndOfFile::kNever || AnyProducerSends()) return false;
  return traits_.end_of_file == EndOfFile::kPersistent || gap_;
}

bool Model::EndMayBeReported(std::uint32_t actor) const {
  if (IsProducer(actor)) return traits_.duplex && !AnyConsumerSends();
  if (EndMustBeReported(actor)) return true;
  return traits_.end_of_file == EndOfFile::kOnceEachGap && gap_;
}

std::optional<Violation> Model::ReceiveFailed(const Operation& op, const Outcome& outcome) {
  if (ExplainedByFault(op, outcome)) return std::nullopt;
  const bool closed = !actors_[op.actor].receives;
  const bool small =
      traits_.shape == Shape::kMessages && op.size_bytes != 0 && op.size_bytes < message_size_;
  const bool nothing = NothingOwedTo(op.actor);
  const auto say = [&](Rule rule, std::string_view why) {
    return Broken(outcome.fault_fired ? Rule::kInterrupted : rule,
                  fmt::format("receive failed with {} {}", ToString(outcome.error), why));
  };
  switch (outcome.error) {
    case Errc::kClosed:
      if (closed) return std::nullopt;
      return say(Rule::kClose, "although its direction is open");
    case Errc::kTooLarge:
      if (small) return std::nullopt;
      return say(Rule::kLimits, "although the buffer is large enough");
    case Errc::kWouldBlock:
      if (closed) return say(Rule::kClose, "on a direction that this endpoint had closed");
      if (small) return say(Rule::kBoundaries, "although the buffer is too small");
      if (!nothing) {
        return say(Rule::kCapacity,
                   fmt::format("although {} messages are queued", queued_messages()));
      }
      if (!EndMustBeReported(op.actor)) return std::nullopt;
      return say(Rule::kClose, "although every sender has closed: no end of file");
    case Errc::kPeerClosed:
      if (closed || small) return say(Rule::kLimits, "instead of the caller's own mistake");
      if (!EndMayBeReported(op.actor)) return say(Rule::kClose, "although a sender is open");
      if (nothing) return std::nullopt;
      return say(Rule::kClose, fmt::format("with {} messages queued: end of file before the data",
                                           queued_messages()));
    case Errc::kCorrupt:
      return say(Rule::kIntegrity, "although nobody but the actors touched the channel");
    default:
      return say(Rule::kLimits, "for no reason");
  }
}

std::optional<Violation> Model::SourceEnded(const Outcome& outcome) {
  if (outcome.source < connections_.size()) {
    Connection& connection = connections_[outcome.source];
    const auto producer = ProducerOf(outcome.source);
    const bool ended = !producer || !actors_[*producer].sends;
    if (ended && connection.forward.owed() == 0 && !std::exchange(connection.end_reported, true)) {
      return std::nullopt;
    }
  }
  return Broken(Rule::kClose, fmt::format("the end of connection {} was reported, which is not at "
                                          "its end or was reported before",
                                          outcome.source));
}

std::optional<Violation> Model::ReceiveSucceeded(const Operation& op, const Outcome& outcome,
                                                 std::span<const std::byte> received) {
  if (!actors_[op.actor].receives) {
    return Broken(Rule::kClose, "receive succeeded on a direction that this endpoint had closed");
  }
  const bool messages = traits_.shape == Shape::kMessages;
  if (messages && op.size_bytes != 0 && op.size_bytes < message_size_) {
    return Broken(Rule::kBoundaries,
                  fmt::format("receive took a buffer of {} bytes, the channel's messages have {}",
                              op.size_bytes, message_size_));
  }
  if (!outcome.intact) {
    return Broken(Rule::kBoundaries,
                  fmt::format("receive wrote beyond its buffer or returned {} bytes for it",
                              outcome.size_bytes));
  }
  if (outcome.source_ended) return SourceEnded(outcome);
  const std::uint32_t connection =
      IsProducer(op.actor) ? actors_[op.actor].connection : outcome.source;
  if (connection >= connections_.size()) {
    return Broken(Rule::kNoInvention,
                  fmt::format("received from connection {}, of which there are {}", connection,
                              connections_.size()));
  }
  Connection& from = connections_[connection];
  if (!IsProducer(op.actor)) from.made_after_end = false;
  if (!IsProducer(op.actor) && traits_.duplex) reply_to_ = connection;
  return ReceivedMessage(IsProducer(op.actor) ? from.backward : from.forward, outcome, received);
}

std::optional<Violation> Model::ReceivedMessage(MessageQueue& queue, const Outcome& outcome,
                                                std::span<const std::byte> received) {
  if (traits_.shape == Shape::kBytes) {
    if (received.empty()) {
      return Broken(Rule::kBoundaries, "a stream's receive returned no bytes and no end");
    }
    if (received.size() > queue.bytes()) {
      return Broken(Rule::kNoInvention, fmt::format("received {} bytes, only {} were in the stream",
                                                    received.size(), queue.bytes()));
    }
    std::size_t at = 0;
    for (const QueuedMessage& run : queue.items()) {
      const std::size_t n = std::min<std::size_t>(run.size_bytes, received.size() - at);
      if (!MatchesStream(received.subspan(at, n), seed_, run.id.producer, run.id.sequence)) {
        queue.TakeBytes(received.size());
        return Broken(Rule::kIntegrity,
                      fmt::format("the {} bytes from offset {} of actor {}'s stream are not those "
                                  "that were sent",
                                  n, run.id.sequence, run.id.producer));
      }
      if ((at += n) == received.size()) break;
    }
    queue.TakeBytes(received.size());
    return std::nullopt;
  }
  if (ProducersGoOwnWays()) arrivals_.Received(received);
  if (const auto arrived = FindArrived(queue, outcome, received)) {
    RemoveArrived(queue, *arrived);
  } else if (const auto left = ProducersGoOwnWays() ? arrivals_.ReadAnew(seed_) : std::nullopt) {
    QueueAnew(queue, *left);
  } else {
    return Unexpected(queue, outcome, received);
  }
  if (queue.empty() && arrivals_.IsSurelyEmpty()) arrivals_.Clear();
  return std::nullopt;
}

bool Model::ProducersGoOwnWays() const {
  return traits_.asynchronous && traits_.order == Order::kPerProducer && !traits_.connections &&
         traits_.shape == Shape::kMessages;
}

// The queued message that came, if it was its turn: the next one, or one that only those are before
// which may have been dropped, or which come another way and in no order with it. Of several that
// look the same it is one that is owed, for the others can still have been dropped.
std::optional<std::size_t> Model::FindArrived(const MessageQueue& queue, const Outcome& outcome,
                                              std::span<const std::byte> received) const {
  if (queue.empty()) return std::nullopt;
  const bool own_ways = traits_.asynchronous && traits_.order == Order::kPerProducer;
  std::optional<std::size_t> found;
  std::set<std::uint32_t> waiting;  // ways on which an earlier message has to come first
  for (std::size_t i = queue.Next(traits_.order == Order::kPriority); i < queue.messages(); ++i) {
    const QueuedMessage& message = queue.items()[i];
    if (!waiting.contains(message.way) && received.size() == message.size_bytes &&
        outcome.priority == message.priority && Matches(received, seed_, message.id)) {
      if (!message.droppable || !ProducersGoOwnWays()) return i;
      if (!found) found = i;
    }
    if (message.droppable) continue;
    if (!own_ways) return found;
    waiting.insert(message.way);
  }
  return found;
}

// What may have been dropped and comes before it has been.
void Model::RemoveArrived(MessageQueue& queue, std::size_t index) {
  const bool own_ways = traits_.asynchronous && traits_.order == Order::kPerProducer;
  const std::uint32_t way = queue.items()[index].way;
  queue.Remove(index);
  while (index-- > 0) {
    const QueuedMessage& before = queue.items()[index];
    if (before.droppable && (!own_ways || before.way == way)) queue.Remove(index);
  }
}

// A message that is not the one that had to come: which rule does it break?
std::optional<Violation> Model::Unexpected(MessageQueue& queue, const Outcome& outcome,
                                           std::span<const std::byte> received) {
  for (std::size_t i = 0; i < queue.messages(); ++i) {
    const QueuedMessage candidate = queue.items()[i];
    if (candidate.size_bytes != received.size() || !Matches(received, seed_, candidate.id)) {
      continue;
    }
    const std::size_t next = queue.Next(traits_.order == Order::kPriority);
    const QueuedMessage expected = queue.items()[next];
    queue.Remove(i);
    if (i == next) {
      return Broken(Rule::kOrder,
                    fmt::format("message {} of actor {} was sent with priority {} and "
                                "received with {}",
                                candidate.id.sequence, candidate.id.producer, candidate.priority,
                                outcome.priority));
    }
    overtaken_in_ = &queue;
    overtaken_ = expected.id;
    return Broken(Rule::kOrder,
                  fmt::format("message {} of actor {} was received before message {} of actor {}",
                              candidate.id.sequence, candidate.id.producer, expected.id.sequence,
                              expected.id.producer));
  }
  if (const auto id = Identify(received, seed_)) {
    const bool known =
        id->producer < actors_.size() && id->sequence < actors_[id->producer].next_sequence;
    if (!known) {
      return Broken(Rule::kNoInvention, fmt::format("received message {} of actor {}, which was "
                                                    "never sent",
                                                    id->sequence, id->producer));
    }
    for (std::size_t i = 0; i < queue.messages(); ++i) {
      if (queue.items()[i].id != *id) continue;
      queue.Remove(i);
      return Broken(Rule::kIntegrity,
                    fmt::format("the payload of message {} of actor {} ({} bytes) "
                                "is not what was sent",
                                id->sequence, id->producer, received.size()));
    }
    return Broken(Rule::kNoDuplicate,
                  fmt::format("received message {} of actor {}, which was received before",
                              id->sequence, id->producer));
  }
  if (queue.empty()) {
    return Broken(Rule::kNoInvention,
                  fmt::format("received {} bytes from an empty channel", received.size()));
  }
  const QueuedMessage expected = queue.items()[queue.Next(traits_.order == Order::kPriority)];
  queue.Remove(queue.Next(traits_.order == Order::kPriority));
  const Rule rule = expected.size_bytes != received.size() ? Rule::kBoundaries : Rule::kIntegrity;
  return Broken(rule,
                fmt::format("received {} bytes that are not message {} of actor {} ({} bytes), "
                            "the next one",
                            received.size(), expected.id.sequence, expected.id.producer,
                            expected.size_bytes));
}

bool Model::OvertakenIsLost() const {
  if (overtaken_in_ == nullptr || !overtaken_) return false;
  return std::ranges::any_of(overtaken_in_->items(),
                             [&](const QueuedMessage& m) { return m.id == *overtaken_; });
}

}  // namespace ipc_hammer
