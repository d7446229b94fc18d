#include "properties/checkers/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "properties/checkers/abandonment.h"
#include "properties/program/text.h"

namespace ipc_hammer {
namespace {

constexpr std::uint32_t kNobody = ~std::uint32_t{0};

bool IsReceive(const Event& event) {
  return event.action == Action::kReceive || event.action == Action::kDrain;
}

bool SaysTryLater(const Outcome& outcome) {
  return outcome.state == Outcome::State::kFailed &&
         (outcome.error == Errc::kWouldBlock || outcome.error == Errc::kTimedOut);
}

// One side of an identified message; sorted, both sides of a message meet.
struct Side {
  std::uint64_t sequence;
  std::uint32_t producer;
  EventIndex event;
};

bool BeforeById(const Side& a, const Side& b) {
  return std::tie(a.producer, a.sequence) < std::tie(b.producer, b.sequence);
}

class Builder {
 public:
  explicit Builder(const Case& subject)
      : case_(subject),
        history_(subject.history),
        endpoints_(subject.program.actors()),
        endpoint_of_(subject.history.size()) {}

  Exchange Build() {
    lanes_of_replies_ = !case_.traits.duplex       ? 0
                        : case_.traits.connections ? case_.program.producers
                                                   : 1;
    exchange_.lanes.resize(1 + lanes_of_replies_);
    for (Lane& lane : exchange_.lanes) lane.forward = &lane == &exchange_.lanes.front();
    if (case_.traits.duplex && case_.traits.connections) FindRepliedTo();
    for (EventIndex i = 0; i < history_.size(); ++i) Classify(i);
    PairAll();
    FindAbandonment(case_, exchange_);
    return std::move(exchange_);
  }

 private:
  bool IsProducer(std::uint32_t actor) const { return actor < case_.program.producers; }

  // The lane that a receive of this actor takes from.
  Lane& ReceivingLane(std::uint32_t actor) {
    if (!IsProducer(actor) || lanes_of_replies_ == 0) return exchange_.lanes[0];
    return exchange_.lanes[lanes_of_replies_ == 1 ? 1 : 1 + actor];
  }

  // The lane that a send goes to, or nullptr where that is not known.
  Lane* SendingLane(EventIndex send) {
    if (IsProducer(history_[send].actor) || lanes_of_replies_ == 0) return &exchange_.lanes[0];
    if (lanes_of_replies_ == 1) return &exchange_.lanes[1];
    const std::uint32_t to = replied_to_[send];
    return to == kNobody ? nullptr : &exchange_.lanes[1 + to];
  }

  // A consumer that has no connection yet to answer is refused whatever is queued.
  bool HasSomebodyToSendTo(EventIndex send) const {
    return IsProducer(history_[send].actor) || replied_to_.empty() || replied_to_[send] != kNobody;
  }

  // For each send of a consumer the producer it had last received from.
  void FindRepliedTo() {
    std::vector<std::uint32_t> last(case_.program.actors(), kNobody);
    replied_to_.assign(history_.size(), kNobody);
    for (EventIndex i = 0; i < history_.size(); ++i) {
      const Event& event = history_[i];
      if (IsProducer(event.actor)) continue;
      if (event.action == Action::kSend) {
        replied_to_[i] = last[event.actor];
      } else if (IsReceive(event) && event.outcome.ok() && !event.outcome.source_ended) {
        const bool known = event.outcome.identified && IsProducer(event.outcome.id.producer);
        last[event.actor] = known ? event.outcome.id.producer : kNobody;
      }
    }
  }

  void Classify(EventIndex i) {
    const Event& event = history_[i];
    if (event.action == Action::kOpen && event.outcome.ok()) ++endpoints_[event.actor];
    endpoint_of_[i] = endpoints_[event.actor];
    if (event.action == Action::kSend) ClassifySend(i, event.outcome);
    if (IsReceive(event)) ClassifyReceive(i, event, ReceivingLane(event.actor));
  }

  void ClassifySend(EventIndex i, const Outcome& outcome) {
    if (outcome.identified) sends_.push_back({outcome.id.sequence, outcome.id.producer, i});
    Lane* const lane = SendingLane(i);
    if (lane == nullptr) return ClassifyUnaddressed(i, outcome);
    if (SaysTryLater(outcome) && HasSomebodyToSendTo(i)) lane->refusals.push_back(i);
    if (outcome.identified) return;
    if (outcome.ok()) lane->anonymous_sends.push_back(i);
    if (outcome.state == Outcome::State::kPending) lane->pending_sends.push_back(i);
  }

  // An answer that nobody can place may have gone to any of the producers.
  void ClassifyUnaddressed(EventIndex i, const Outcome& outcome) {
    if (outcome.identified || outcome.state == Outcome::State::kFailed) return;
    for (Lane& lane : exchange_.lanes) {
      if (!lane.forward) lane.pending_sends.push_back(i);
    }
  }

  void ClassifyReceive(EventIndex i, const Event& event, Lane& lane) {
    const Outcome& outcome = event.outcome;
    if (outcome.state == Outcome::State::kPending) return lane.pending_receives.push_back(i);
    if (outcome.ok() && outcome.source_ended) return;
    if (outcome.ok() || outcome.error != Errc::kClosed) {
      lane.last_receive_end = std::max(lane.last_receive_end, event.end_ns);
    }
    if (SaysTryLater(outcome)) lane.empties.push_back(i);
    if (!outcome.ok()) {
      if (outcome.error == Errc::kPeerClosed) lane.ends.push_back(i);
      return;
    }
    if (outcome.identified) {
      receives_.push_back({outcome.id.sequence, outcome.id.producer, i});
      if (!outcome.intact) exchange_.corrupt.push_back(i);
    } else if (case_.traits.shape == Shape::kMessages &&
               outcome.size_bytes >= kPayloadHeaderBytes) {
      exchange_.corrupt.push_back(i);
      lane.corrupt_receives.push_back(i);
    } else {
      if (case_.traits.shape == Shape::kBytes && !outcome.intact) exchange_.corrupt.push_back(i);
      lane.anonymous_receives.push_back(i);
    }
  }

  void PairAll() {
    std::ranges::sort(sends_, BeforeById);
    std::ranges::sort(receives_, BeforeById);
    auto receive = receives_.cbegin();
    for (auto send = sends_.cbegin(); send != sends_.cend() || receive != receives_.cend();) {
      const bool sent =
          send != sends_.cend() && (receive == receives_.cend() || !BeforeById(*receive, *send));
      const Side id = sent ? *send : *receive;
      const auto same = [&](const Side& side) { return !BeforeById(id, side); };
      const auto sends_end = std::find_if_not(send, sends_.cend(), same);
      const auto receives_end = std::find_if_not(receive, receives_.cend(), same);
      PairOne({send, sends_end}, {receive, receives_end});
      send = sends_end;
      receive = receives_end;
    }
  }

  // All sends and receives that bear one identity: normally one and at most one.
  void PairOne(std::span<const Side> sends, std::span<const Side> receives) {
    const EventIndex receive = Earliest(receives);
    for (const Side& other : receives) {
      if (other.event != receive) exchange_.duplicates.emplace_back(receive, other.event);
    }
    EventIndex send = Best(sends);
    if (send == kNoEventIndex) send = AdoptPendingSend(receives.front().producer);
    if (send == kNoEventIndex) return exchange_.invented.push_back(receive);
    if (history_[send].outcome.state == Outcome::State::kFailed) {
      if (receive != kNoEventIndex) exchange_.failed_delivered.emplace_back(send, receive);
      return;
    }
    AddMessage(send, receive);
  }

  EventIndex Earliest(std::span<const Side> receives) const {
    EventIndex best = kNoEventIndex;
    for (const Side& side : receives) {
      const bool better =
          best == kNoEventIndex || history_[side.event].end_ns < history_[best].end_ns;
      if (better) best = side.event;
    }
    return best;
  }

  // A send that succeeded, else one that never ended, else one that failed.
  EventIndex Best(std::span<const Side> sends) const {
    EventIndex best = kNoEventIndex;
    const auto rank = [&](EventIndex i) {
      const Outcome::State state = history_[i].outcome.state;
      return state == Outcome::State::kOk ? 0 : state == Outcome::State::kPending ? 1 : 2;
    };
    for (const Side& side : sends) {
      if (best == kNoEventIndex || rank(side.event) < rank(best)) best = side.event;
    }
    return best;
  }

  // A killed actor's last send may have been cut before its identity was recorded.
  EventIndex AdoptPendingSend(std::uint32_t producer) {
    for (Lane& lane : exchange_.lanes) {
      for (EventIndex& pending : lane.pending_sends) {
        const EventIndex send = pending;
        const Outcome& outcome = history_[send].outcome;
        const bool cut = outcome.state == Outcome::State::kPending && !outcome.identified;
        if (history_[send].actor != producer || !cut) continue;
        pending = lane.pending_sends.back();
        lane.pending_sends.pop_back();
        return send;
      }
    }
    return kNoEventIndex;
  }

  void AddMessage(EventIndex send, EventIndex receive) {
    const Event& sent = history_[send];
    Lane* lane = SendingLane(send);
    if (receive != kNoEventIndex) {
      Lane* const took = &ReceivingLane(history_[receive].actor);
      if (lane != nullptr && lane != took) exchange_.misdelivered.emplace_back(send, receive);
      lane = took;
    }
    if (lane == nullptr) return;
    if (receive == kNoEventIndex && sent.outcome.state == Outcome::State::kPending) {
      return lane->pending_sends.push_back(send);
    }
    Message message{.send = send,
                    .receive = receive,
                    .sender = sent.actor,
                    .endpoint = endpoint_of_[send],
                    .priority = AskedPriority(case_, sent),
                    .send_start = sent.start_ns,
                    .send_end = sent.end_ns};
    if (message.delivered()) {
      message.receive_start = history_[receive].start_ns;
      message.receive_end = history_[receive].end_ns;
    }
    lane->messages.push_back(message);
  }

  const Case& case_;
  const History& history_;
  Exchange exchange_;
  std::size_t lanes_of_replies_ = 0;
  std::vector<std::uint32_t> replied_to_;
  std::vector<Side> sends_;
  std::vector<Side> receives_;
  std::vector<std::uint32_t> endpoints_;    // of each actor, how many it has opened by now
  std::vector<std::uint32_t> endpoint_of_;  // of each event
};

const Operation* SendOperation(const Case& subject, const Event& send) {
  const auto& operations = subject.program.operations;
  if (send.operation_index >= operations.size()) return nullptr;
  const Operation& operation = operations[send.operation_index];
  return operation.action == Action::kSend ? &operation : nullptr;
}

}  // namespace

Exchange MakeExchange(const Case& subject) { return Builder(subject).Build(); }

bool FaultExplains(const Case& subject, const Event& event) {
  if (!event.outcome.fault_fired) return false;
  const auto& operations = subject.program.operations;
  if (event.operation_index >= operations.size()) return true;
  const FaultKind kind = operations[event.operation_index].fault.kind;
  return kind != FaultKind::kInterrupt && kind != FaultKind::kShort;
}

std::uint32_t AskedPriority(const Case& subject, const Event& send) {
  const Operation* const operation = SendOperation(subject, send);
  return operation != nullptr ? operation->priority : send.outcome.priority;
}

std::uint32_t AskedSize(const Case& subject, const Event& send) {
  const Operation* const operation = SendOperation(subject, send);
  return operation != nullptr ? operation->size_bytes : send.outcome.size_bytes;
}

std::string MessageName(const Case& subject, const Event& event) {
  const Outcome& outcome = event.outcome;
  if (outcome.identified) {
    return fmt::format("{}#{}", ActorName(subject.program, outcome.id.producer),
                       outcome.id.sequence);
  }
  return fmt::format("{} bytes of {}", outcome.size_bytes, ActorName(subject.program, event.actor));
}

}  // namespace ipc_hammer
