#include "stress/actors/inspector.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "properties/program/payload.h"

namespace ipc_hammer {
namespace {

Role Opposite(Role role) { return role == Role::kProducer ? Role::kConsumer : Role::kProducer; }

// Far beyond what one endpoint sends.
constexpr std::uint64_t kStreamStride = std::uint64_t{1} << 40;

bool MayVanish(const Traffic& traffic, const Traits& traits) {
  return traits.lossy || (traffic.receivers_reopen && !traits.keeps_queued);
}

// Whether the next message is known before it comes.
bool NextIsKnown(const Traffic& traffic, const Traits& traits) {
  // Two endpoints of one sender may have a queue each.
  const bool own_queues = traffic.senders_reopen && traits.order == Order::kPerProducer;
  if (own_queues || MayVanish(traffic, traits)) return false;
  return traffic.senders.size() == 1 && traffic.receivers == 1 &&
         (traits.order != Order::kPriority || traffic.one_priority);
}

}  // namespace

Traffic TrafficTo(Role receiver_role, const Program& program) {
  Traffic traffic;
  std::uint64_t senders = 0, receivers = 0;  // bit sets; kActorsMax is 64
  static_assert(kActorsMax <= 64);
  for (const Operation& op : program.operations) {
    const bool receiving = program.role(op.actor) == receiver_role;
    const std::uint64_t bit = std::uint64_t{1} << op.actor;
    if (!receiving && op.action == Action::kSend) senders |= bit;
    if (receiving && (op.action == Action::kReceive || op.action == Action::kDrain)) {
      receivers |= bit;
    }
    if (op.action == Action::kOpen) {
      (receiving ? traffic.receivers_reopen : traffic.senders_reopen) = true;
    }
  }
  const Operation* first = nullptr;
  for (const Operation& op : program.operations) {
    if (op.action != Action::kSend || program.role(op.actor) == receiver_role) continue;
    if (first == nullptr) first = &op;
    if (op.priority != first->priority) traffic.one_priority = false;
  }
  for (std::uint32_t actor = 0; actor < program.actors(); ++actor) {
    if ((senders >> actor & 1) != 0) traffic.senders.push_back(actor);
    if ((receivers >> actor & 1) != 0) ++traffic.receivers;
  }
  return traffic;
}

std::uint64_t StreamStart(std::uint32_t opened) { return opened * kStreamStride; }

bool HasIdentity(const Program& program, const Traits& traits, const Operation& send) {
  return traits.shape == Shape::kMessages &&
         (send.size_bytes >= kPayloadHeaderBytes ||
          NextIsKnown(TrafficTo(Opposite(program.role(send.actor)), program), traits));
}

void LiftSmallMessages(Program& program, const Traits& traits) {
  if (traits.shape != Shape::kMessages || program.message_size_bytes < kPayloadHeaderBytes) return;
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    if (NextIsKnown(TrafficTo(Opposite(role), program), traits)) continue;
    for (Operation& op : program.operations) {
      if (op.action != Action::kSend || program.role(op.actor) != role) continue;
      op.size_bytes = std::max(op.size_bytes, std::uint32_t{kPayloadHeaderBytes});
    }
  }
}

Inspector::Inspector(const Program& program, const Traits& traits, std::uint32_t receiver)
    : shape_(traits.shape), run_(program.seed), actors_(program.actors()) {
  const Role role = program.role(receiver);
  Traffic traffic = TrafficTo(role, program);
  small_expected_ = NextIsKnown(traffic, traits);
  // What a consumer answers is spread over the producers, so a producer sees the whole stream only
  // if it is the only one.
  streams_told_apart_ = traffic.senders.size() == 1
                            ? role == Role::kConsumer || program.producers == 1
                            : traits.connections && role == Role::kConsumer;
  // Consumers share one stream in pieces that no one of them can place.
  if (traffic.receivers > 1 || MayVanish(traffic, traits)) streams_told_apart_ = false;
  senders_ = std::move(traffic.senders);
  if (streams_told_apart_) starts_ = PossibleStarts(program, traits);
}

std::vector<MessageId> Inspector::PossibleStarts(const Program& program,
                                                 const Traits& traits) const {
  std::vector<MessageId> starts;
  for (const std::uint32_t sender : senders_) {
    starts.push_back({.producer = sender, .sequence = StreamStart(0)});
    for (std::uint32_t opened = 0; const Operation& op : program.operations) {
      if (!traits.connections || op.actor != sender || op.action != Action::kOpen) continue;
      starts.push_back({.producer = sender, .sequence = StreamStart(++opened)});
    }
  }
  return starts;
}

void Inspector::Inspect(std::span<const std::byte> bytes, const Received& received,
                        Outcome& outcome) {
  if (shape_ == Shape::kMessages) InspectMessage(bytes, outcome);
  if (shape_ == Shape::kBytes && !bytes.empty()) InspectStream(bytes, received, outcome);
}

void Inspector::InspectMessage(std::span<const std::byte> bytes, Outcome& outcome) {
  if (const auto id = Identify(bytes, run_); id && id->producer < actors_) {
    outcome.identified = true;
    outcome.id = *id;
  } else if (small_expected_ && bytes.size() < kPayloadHeaderBytes) {
    outcome.identified = true;
    outcome.id = {.producer = senders_.front(), .sequence = next_small_};
  }
  outcome.intact =
      outcome.identified ? Matches(bytes, run_, outcome.id) : bytes.size() < kPayloadHeaderBytes;
  ++next_small_;
}

Inspector::Stream& Inspector::StreamOf(std::uint32_t source) {
  if (source >= streams_.size()) streams_.resize(std::size_t{source} + 1);
  return streams_[source];
}

// Keeps those whose stream has these bytes next. Nobody's bytes: one stays, to say that they are
// damaged.
void Inspector::Narrow(std::span<const std::byte> bytes, Stream& stream) const {
  const std::vector<MessageId> former = std::exchange(stream.candidates, {});
  const std::vector<MessageId>& before = former.empty() ? starts_ : former;
  std::ranges::copy_if(before, std::back_inserter(stream.candidates), [&](const MessageId& from) {
    return MatchesStream(bytes, run_, from.producer, from.sequence + stream.consumed);
  });
  if (stream.candidates.empty() && !before.empty()) stream.candidates.push_back(before.front());
}

void Inspector::InspectStream(std::span<const std::byte> bytes, const Received& received,
                              Outcome& outcome) {
  if (!streams_told_apart_ || received.source >= 1u << 20) return;
  Stream& stream = StreamOf(received.source);
  if (stream.candidates.size() != 1) Narrow(bytes, stream);
  if (stream.candidates.size() == 1) {
    const MessageId from = stream.candidates.front();
    outcome.intact = MatchesStream(bytes, run_, from.producer, from.sequence + stream.consumed);
  }
  stream.consumed += bytes.size();
}

}  // namespace ipc_hammer
