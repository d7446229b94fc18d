// Model: what a channel may answer, derived from its kind's traits alone. It is the pure step
// (state, operation, outcome) -> next state, or the rule that is broken and why; it does no I/O.
//
// It judges sequential runs, where each operation is done before the next one begins and none
// blocks: so it knows exactly what is queued, and every answer is either right or wrong. Histories
// of concurrent runs are judged by properties/checkers.
#ifndef IPC_HAMMER_PROPERTIES_MODEL_MODEL_H_
#define IPC_HAMMER_PROPERTIES_MODEL_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "properties/history/history.h"
#include "properties/model/arrivals.h"
#include "properties/model/message_queue.h"
#include "properties/program/operation.h"
#include "properties/program/program.h"
#include "properties/rules/rule.h"
#include "transports/traits.h"

namespace ipc_hammer {

class Model {
 public:
  // A fresh channel with every actor's endpoint attached, producers in the order of their numbers.
  void Reset(const Traits& traits, const Program& program);

  // Which message the actor's next Send is; for streams, `sequence` is the offset of its first
  // byte.
  MessageId NextId(std::uint32_t actor) const;

  // Takes one step. `received` are the bytes that a successful receive returned. The violation's
  // event_index is left at kNoEvent. After a violation the state is that of the nearest legal step.
  std::optional<Violation> Step(const Operation& operation, const Outcome& outcome,
                                std::span<const std::byte> received);

  // Would it be wrong if the channel said would_block now? Where traits.asynchronous, the runner
  // waits for what is owed: an answer then says as much as that of another kind at once.
  bool Owes(const Operation& operation) const;

  // Is the message that an `order` violation saw overtaken still queued? Asked after everything has
  // been received: true means that it was not overtaken but lost.
  bool OvertakenIsLost() const;

  bool IsOpen(std::uint32_t actor) const { return actors_[actor].open; }
  bool CanReceive(std::uint32_t actor) const {
    return actors_[actor].open && actors_[actor].receives;
  }
  std::size_t queued_messages() const;  // in all queues of the channel

 private:
  struct Actor {
    bool open = true;
    bool sends = false;     // its sending direction exists and is open
    bool receives = false;  // its receiving direction exists and is open
    std::uint32_t connection = 0;
    std::uint32_t way = 0;  // of its endpoint: another one has another
    std::uint64_t next_sequence = 0;
  };
  // The two directions of one connection; kinds without connections have one of these.
  struct Connection {
    MessageQueue forward;   // producers to consumers
    MessageQueue backward;  // consumer to producer (duplex)
    bool end_reported = false;
    // The consumer had closed its sending before: the producer is told when the consumer gets to
    // know the connection, at the latest when it receives from it.
    bool made_after_end = false;
  };

  bool IsProducer(std::uint32_t actor) const { return actor < producers_; }
  bool AnyConsumerReceives() const;
  bool AnyProducerSends() const;
  bool AnyConsumerSends() const;
  std::optional<std::uint32_t> ProducerOf(std::uint32_t connection) const;
  std::size_t Queued(bool forward) const;
  bool CanOpen(std::uint32_t actor) const;
  bool BacklogMayBeFull() const;

  std::optional<Violation> StepSend(const Operation&, const Outcome&);
  std::optional<Violation> SendSucceeded(const Operation&, const Outcome&);
  std::optional<Violation> SendFailed(const Operation&, const Outcome&);
  MessageQueue* SendQueue(std::uint32_t actor);
  const MessageQueue& SendQueue(std::uint32_t actor) const;
  bool HasReceiver(std::uint32_t actor) const;  // of what this actor sends
  bool IsGone(std::uint32_t actor) const;       // neither sends nor receives any more
  void ResetIfPeerIsGone(std::uint32_t actor);  // what its peer had sent
  bool IsFull(const MessageQueue& queue) const;
  bool MayBeFull(const MessageQueue& queue, const Operation&) const;
  bool MayBeDropped(const Operation&) const;

  std::optional<Violation> StepReceive(const Operation&, const Outcome&,
                                       std::span<const std::byte> received);
  std::optional<Violation> ReceiveSucceeded(const Operation&, const Outcome&,
                                            std::span<const std::byte> received);
  std::optional<Violation> ReceiveFailed(const Operation&, const Outcome&);
  std::optional<Violation> SourceEnded(const Outcome&);
  std::optional<Violation> ReceivedMessage(MessageQueue& queue, const Outcome&,
                                           std::span<const std::byte> received);
  void NothingThere(std::uint32_t actor);
  bool ProducersGoOwnWays() const;
  static void QueueAnew(MessageQueue& queue, std::span<const QueuedMessage> messages);
  std::optional<std::size_t> FindArrived(const MessageQueue& queue, const Outcome&,
                                         std::span<const std::byte> received) const;
  void RemoveArrived(MessageQueue& queue, std::size_t index);
  std::optional<Violation> Unexpected(MessageQueue& queue, const Outcome&,
                                      std::span<const std::byte> received);
  bool NothingOwedTo(std::uint32_t actor) const;
  bool EndMustBeReported(std::uint32_t actor) const;
  bool EndMayBeReported(std::uint32_t actor) const;

  std::optional<Violation> StepClose(const Operation&, const Outcome&);
  void CloseDirections(std::uint32_t actor, bool sending, bool receiving);
  std::optional<Violation> StepOpen(const Operation&, const Outcome&);

  Traits traits_;
  std::uint32_t producers_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t message_size_ = 0;
  std::uint32_t seed_ = 0;
  std::vector<Actor> actors_;
  std::vector<Connection> connections_;
  std::optional<std::uint32_t> reply_to_;  // the connection that the consumer answers
  bool gap_ = false;  // the number of senders fell to zero since an end was last reported
  // A Send failed: a part of it may take up room until the channel was seen empty.
  bool residue_ = false;
  Arrivals arrivals_;  // of one queue whose endpoints' messages go their own ways
  std::uint32_t next_way_ = 0;
  MessageQueue* overtaken_in_ = nullptr;
  std::optional<MessageId> overtaken_;
};

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_MODEL_MODEL_H_
