#include "stress/actors/actor.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "properties/faults/descriptor_limit.h"
#include "properties/faults/syscall_faults.h"
#include "properties/program/payload.h"
#include "stress/recorder/await_bell.h"
#include "stress/recorder/word_wait.h"

namespace ipc_hammer {
namespace {

// A drain on a channel that does not tell when its senders are gone looks up that often.
constexpr std::uint32_t kSliceUs = 20'000;

// How long the drain of an asynchronous kind goes on finding nothing while more was sent than
// received: far longer than threads and the loopback device take. Of a lossy kind less, because
// what is missing is mostly what was dropped.
constexpr std::uint32_t kOnItsWaySlices = 100;
constexpr std::uint32_t kOnItsWaySlicesIfLossy = 10;

Deadline DeadlineOf(std::uint32_t timeout_us) {
  if (timeout_us == kTimeoutNow) return Deadline::Now();
  if (timeout_us == kTimeoutNever) return Deadline::Never();
  return Deadline::After(std::chrono::microseconds(timeout_us));
}

// A few nanoseconds instead of twenty, with a resolution of some milliseconds: for people only.
std::int64_t CoarseNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void SetError(const Error& error, Outcome& outcome) {
  outcome.state = Outcome::State::kFailed;
  outcome.error = error.code;
  outcome.sys_errno = error.sys_errno;
}

void SetResult(const Result<void>& result, Outcome& outcome) {
  outcome.state = Outcome::State::kOk;
  if (!result) SetError(result.error(), outcome);
}

void Count(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) {  // one writer
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_release);
}

bool TimedOut(const Outcome& outcome) {
  return outcome.state == Outcome::State::kFailed && outcome.error == Errc::kTimedOut;
}

bool WouldBlock(const Outcome& outcome) {
  return outcome.state == Outcome::State::kFailed && outcome.error == Errc::kWouldBlock;
}

void Sleep(std::uint32_t time_us) {
  const Deadline end = Deadline::After(std::chrono::microseconds(time_us));
  while (!end.HasPassed()) {
    const timespec left = end.Remaining();
    nanosleep(&left, nullptr);
  }
}

}  // namespace

Actor::Actor(const Stage& stage, std::uint32_t index, std::unique_ptr<Endpoint> endpoint,
             Opener reopen)
    : stage_(stage),
      index_(index),
      endpoint_(std::move(endpoint)),
      reopen_(std::move(reopen)),
      slot_(stage.recorder.slot(index)),
      ring_(stage.recorder.ring(index)),
      forker_(stage.own_process ? stage.program.adversities : Adversities{}),
      closer_(slot_),
      idle_(slot_, stage.program.message_size_bytes),
      inspector_(stage.program, stage.traits, index),
      buffer_(std::size_t{stage.program.message_size_bytes} + 1),
      keep_history_(stage.recorder.control().keep_history),
      sent_(keep_history_ ? nullptr : &stage.recorder.sent(index)),
      received_(keep_history_ ? nullptr : &stage.recorder.received(index)),
      has_kills_(HasKills(stage.program)) {
  const bool is_closed_under =
      std::ranges::any_of(stage.program.operations, [&](const Operation& op) {
        return op.actor == index_ && op.closed_after_us != kNeverClosed;
      });
  if (is_closed_under) closer_.Start();
}

void Actor::Run() {
  slot_.tid.store(gettid(), std::memory_order_relaxed);
  slot_.pid.store(getpid(), std::memory_order_relaxed);
  slot_.state.store(ActorState::kReady, std::memory_order_release);
  stage_.recorder.RingDoorbell();
  stage_.recorder.AwaitPhase(Phase::kGo, Deadline::Never());
  slot_.state.store(ActorState::kRunning, std::memory_order_release);

  std::optional<ScopedDescriptorLimit> limit;
  const std::uint32_t descriptors = stage_.program.adversities.descriptors;
  if (stage_.own_process && descriptors != 0) limit.emplace(descriptors);
  const auto& operations = stage_.program.operations;
  std::size_t sends_end = 0, closers_end = 0, limit_end = operations.size();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations[i].actor != index_) continue;
    const bool is_limited =
        limit_end == operations.size() || operations[limit_end].action != Action::kDrain;
    if (is_limited) limit_end = i;
    if (operations[i].action == Action::kSend) sends_end = i + 1;
    if (operations[i].closed_after_us != kNeverClosed) closers_end = i + 1;
  }
  for (std::size_t i = 0; i <= operations.size(); ++i) {
    if (i == sends_end) slot_.done_sending.store(true, std::memory_order_release);
    if (i == limit_end) limit.reset();  // and then it has to work again
    if (i == closers_end) slot_.closers_done.store(true, std::memory_order_release);
    if (i < operations.size() && operations[i].actor == index_) {
      Perform(static_cast<std::uint32_t>(i), operations[i]);
    }
  }
  AwaitPeersClosers();
  WithChildren(&Forker::AwaitChildren);
  endpoint_.reset();
  slot_.state.store(ActorState::kFinished, std::memory_order_release);
  stage_.recorder.RingDoorbell();
}

// Keeps its endpoint as long as its peers are closed under: its end would end their calls, and
// nobody would know whether their own close does.
void Actor::AwaitPeersClosers() {
  const bool any = std::ranges::any_of(stage_.program.operations, [](const Operation& op) {
    return op.closed_after_us != kNeverClosed;
  });
  if (!any) return;
  slot_.operation_index.store(static_cast<std::uint32_t>(stage_.program.operations.size()),
                              std::memory_order_relaxed);
  slot_.timeout_us.store(kTimeoutNever, std::memory_order_relaxed);
  stage_.recorder.RingDoorbell();
  for (std::uint32_t peer = 0; peer < stage_.program.actors(); ++peer) {
    if (stage_.program.role(peer) == stage_.program.role(index_)) continue;
    const ActorSlot& slot = stage_.recorder.slot(peer);
    AwaitBell(stage_.recorder, Deadline::Never(), [&] {
      return slot.closers_done.load(std::memory_order_acquire) ||
             slot.state.load(std::memory_order_acquire) >= ActorState::kFinished;
    });
  }
}

void Actor::Perform(std::uint32_t index, const Operation& op) {
  slot_.operation_index.store(index, std::memory_order_relaxed);
  slot_.timeout_us.store(op.timeout_us, std::memory_order_relaxed);
  switch (op.action) {
    case Action::kSend:
      return PerformSend(index, op);
    case Action::kReceive:
      return PerformReceive(index, op);
    case Action::kDrain:
      return PerformDrain(index, op);
    case Action::kCloseSend:
    case Action::kCloseReceive:
    case Action::kClose:
    case Action::kOpen:
    case Action::kKill:
      return PerformRest(index, op);
  }
}

// What forking takes is not the operation's time: a child may be kept from the processor for long.
void Actor::WithChildren(void (Forker::*act)()) {
  if (stage_.program.adversities.fork_us == 0) return;
  const std::uint32_t timeout_us = slot_.timeout_us.exchange(kTimeoutNever);
  (forker_.*act)();
  slot_.timeout_us.store(timeout_us, std::memory_order_relaxed);
}

void Actor::MayAskCloser(const Call& call) {
  const bool is_asked = call.first && call.closed_after_us != kNeverClosed && endpoint_ != nullptr;
  if (!is_asked) return;
  WithChildren(&Forker::AwaitChildren);  // a child's copy of a descriptor would keep it open
  closer_.Ask(*endpoint_, call.action == Action::kSend ? Direction::kSend : Direction::kReceive,
              call.closed_after_us);
}

// Its event comes after those of the calls it raced with, and began before they ended.
void Actor::AwaitCloser(std::uint32_t index) {
  if (!closer_.is_asked()) return;
  const Closer::Closing& closing = closer_.Await();
  const bool sends = closing.direction == Direction::kSend;
  Event& event = ring_.Begin({.actor = index_,
                              .operation_index = index,
                              .action = sends ? Action::kCloseSend : Action::kCloseReceive,
                              .start_ns = closing.start_ns});
  Outcome outcome{};
  SetResult(closing.result, outcome);
  EventRing::End(event, outcome, closing.end_ns);
}

template <typename Perform>
Outcome Actor::Record(const Call& call, const Outcome& known, Perform perform) {
  WithChildren(Closes(call.action) ? &Forker::AwaitChildren : &Forker::MayFork);
  idle_.Before(call.timeout_us, call.first);
  Event& event = ring_.Begin({.actor = index_,
                              .operation_index = call.operation_index,
                              .action = call.action,
                              .timeout_us = call.timeout_us,
                              .start_ns = keep_history_ ? MonotonicNs() : CoarseNs(),
                              .outcome = known});
  Outcome outcome = known;
  const bool armed = call.fault != nullptr && call.fault->kind != FaultKind::kNone &&
                     (stage_.own_process || call.fault->kind != FaultKind::kKill);
  MayAskCloser(call);
  if (armed) ArmFault(*call.fault);
  perform(outcome);
  if (armed) outcome.fault_fired = DisarmFault().fired;
  EventRing::End(event, outcome, keep_history_ ? MonotonicNs() : CoarseNs());
  idle_.After(TimedOut(outcome));
  return outcome;
}

void Actor::PerformSend(std::uint32_t index, const Operation& op) {
  const std::span<std::byte> payload = std::span(buffer_).first(op.size_bytes);
  const bool stream = stage_.traits.shape == Shape::kBytes;
  const bool has_identity = HasIdentity(stage_.program, stage_.traits, op);
  for (std::uint32_t n = 0; n < op.repeat; ++n) {
    const MessageId id{.producer = index_, .sequence = next_};
    if (stream) {
      FillStream(payload, stage_.program.seed, index_, next_);
    } else {
      FillPayload(payload, stage_.program.seed, id);
    }
    Outcome known{};
    known.size_bytes = op.size_bytes;
    known.priority = op.priority;
    known.identified = has_identity;
    if (known.identified) known.id = id;
    if (sent_ != nullptr) sent_->BeginSend(next_);
    Record({Action::kSend, index, op.timeout_us, n == 0 ? &op.fault : nullptr, n == 0,
            op.closed_after_us},
           known, [&](Outcome& outcome) {
             Send(payload, op.priority, DeadlineOf(op.timeout_us), outcome);
           });
    Count(slot_.progress);
  }
  AwaitCloser(index);
}

void Actor::Send(std::span<std::byte> payload, std::uint32_t priority, Deadline deadline,
                 Outcome& outcome) {
  if (endpoint_ == nullptr) {
    if (sent_ != nullptr) sent_->Failed();
    return SetError({.code = Errc::kClosed}, outcome);
  }
  const Result<std::size_t> taken = endpoint_->Send(payload, priority, deadline);
  if (!taken) {
    if (sent_ != nullptr) sent_->Failed();
    return SetError(taken.error(), outcome);
  }
  outcome.state = Outcome::State::kOk;
  outcome.size_bytes = static_cast<std::uint32_t>(*taken);
  if (sent_ != nullptr) outcome.identified ? sent_->Sent(outcome.id) : sent_->Failed();
  next_ += stage_.traits.shape == Shape::kBytes ? *taken : 1;
  Count(slot_.sent_bytes, *taken);
  Count(slot_.sent);
}

void Actor::PerformReceive(std::uint32_t index, const Operation& op) {
  const std::size_t size = op.size_bytes != 0 ? op.size_bytes : stage_.program.message_size_bytes;
  const std::span<std::byte> buffer = std::span(buffer_).first(size);
  for (std::uint32_t n = 0; n < op.repeat; ++n) {
    Record({Action::kReceive, index, op.timeout_us, n == 0 ? &op.fault : nullptr, n == 0,
            op.closed_after_us},
           {}, [&](Outcome& outcome) { Receive(buffer, DeadlineOf(op.timeout_us), outcome); });
    Count(slot_.progress);
  }
  AwaitCloser(index);
}

void Actor::Receive(std::span<std::byte> buffer, Deadline deadline, Outcome& outcome) {
  if (endpoint_ == nullptr) return SetError({.code = Errc::kClosed}, outcome);
  if (received_ != nullptr) received_->BeginReceive();
  const Result<Received> received = endpoint_->Receive(buffer, deadline);
  if (!received) {
    if (received_ != nullptr) received_->Failed();
    return SetError(received.error(), outcome);
  }
  outcome.state = Outcome::State::kOk;
  outcome.size_bytes = static_cast<std::uint32_t>(received->size_bytes);
  outcome.priority = received->priority;
  outcome.source = received->source;
  outcome.source_ended = received->source_ended;
  if (received->source_ended) {
    if (received_ != nullptr) received_->Failed();
    return;
  }
  const std::size_t size = std::min(received->size_bytes, buffer.size());
  inspector_.Inspect(buffer.first(size), *received, outcome);
  if (received->size_bytes > buffer.size()) outcome.intact = false;
  if (received_ != nullptr) Enter(outcome);
  Count(slot_.received_bytes, size);
  Count(slot_.received);
}

void Actor::Enter(const Outcome& outcome) {
  if (!outcome.intact) return received_->ReceivedCorrupt(outcome.size_bytes);
  if (outcome.identified) return received_->Received(outcome.id);
  received_->Failed();  // tokens and bytes have no identity: the slots count them
}

Outcome Actor::ReceiveSlice(std::uint32_t index, std::uint32_t timeout_us, bool first,
                            const Fault* fault) {
  const std::span<std::byte> buffer = std::span(buffer_).first(stage_.program.message_size_bytes);
  return Record({Action::kReceive, index, timeout_us, fault, first}, {},
                [&](Outcome& outcome) { Receive(buffer, DeadlineOf(timeout_us), outcome); });
}

// True where the channel itself says when all has been sent, so that nothing but its own wake-up
// can end the wait. With kills the wait must not depend on what may have been killed.
bool Actor::BlocksUntilEnd(const Operation& drain) const {
  return stage_.traits.end_of_file == EndOfFile::kPersistent && !stage_.traits.duplex &&
         !stage_.traits.reopens_producer && !has_kills_ && drain.timeout_us == kTimeoutNever;
}

bool Actor::SendersGone() const {
  for (std::uint32_t actor = 0; actor < stage_.program.actors(); ++actor) {
    if (stage_.program.role(actor) == stage_.program.role(index_)) continue;
    if (stage_.recorder.slot(actor).state.load(std::memory_order_acquire) < ActorState::kFinished) {
      return false;
    }
  }
  return true;
}

bool Actor::SendersDone() const {
  for (std::uint32_t actor = 0; actor < stage_.program.actors(); ++actor) {
    if (stage_.program.role(actor) == stage_.program.role(index_)) continue;
    if (!stage_.recorder.slot(actor).done_sending.load(std::memory_order_acquire)) return false;
  }
  return true;
}

// True where the channel may still carry something that was sent to this actor's role.
bool Actor::MoreIsOnItsWay() const {
  if (!stage_.traits.asynchronous) return false;
  const bool bytes = stage_.traits.shape == Shape::kBytes;
  std::uint64_t sent = 0, received = 0;
  for (std::uint32_t actor = 0; actor < stage_.program.actors(); ++actor) {
    const ActorSlot& slot = stage_.recorder.slot(actor);
    const bool receiver = stage_.program.role(actor) == stage_.program.role(index_);
    if (receiver) received += (bytes ? slot.received_bytes : slot.received).load();
    if (!receiver) sent += (bytes ? slot.sent_bytes : slot.sent).load();
  }
  return sent > received;
}

// The channel says that it has ended, but a sender may open it again.
void Actor::AwaitSenders() {
  std::atomic<std::uint32_t>& doorbell = stage_.recorder.control().doorbell;
  WaitWhileEqual(doorbell, doorbell.load(std::memory_order_acquire),
                 Deadline::After(std::chrono::microseconds(kSliceUs)));
}

// How long one receive of a drain waits. What is left when the senders are done is there at once;
// it is waited for all the same, to see a waiter spin, unless the run is there for its kills.
std::uint32_t Actor::SliceOf(bool to_the_end, bool senders_done) const {
  if (to_the_end) return kTimeoutNever;
  return senders_done && has_kills_ && !stage_.traits.asynchronous ? kTimeoutNow : kSliceUs;
}

// Receives until the senders are done and nothing comes any more. What the senders say of
// themselves is read before a slice begins: what that slice then does not find is not there.
void Actor::PerformDrain(std::uint32_t index, const Operation& op) {
  const Deadline limit = DeadlineOf(op.timeout_us);
  const bool to_the_end = BlocksUntilEnd(op);
  const bool tells_end = stage_.traits.end_of_file == EndOfFile::kPersistent;
  std::uint32_t patience = stage_.traits.lossy ? kOnItsWaySlicesIfLossy : kOnItsWaySlices;
  bool is_closed = false;
  slot_.draining.store(true, std::memory_order_relaxed);
  slot_.timeout_us.store(to_the_end ? kTimeoutNever : kSliceUs, std::memory_order_relaxed);
  for (bool first = true;; first = false) {
    const bool gone = SendersGone(), done = gone || SendersDone();
    const Outcome outcome =
        ReceiveSlice(index, SliceOf(to_the_end, done), first, first ? &op.fault : nullptr);
    if (outcome.ok() && !outcome.source_ended) {
      Count(slot_.progress);
      continue;
    }
    const bool nothing = TimedOut(outcome) || WouldBlock(outcome);
    if (nothing && (gone || done) && patience > 0 && MoreIsOnItsWay()) {
      --patience;
      continue;
    }
    if (nothing) {
      if (gone && tells_end) slot_.missed_end.store(true, std::memory_order_release);
      if (gone || (done && (!tells_end || stage_.traits.duplex))) break;
    } else if (!outcome.ok()) {
      is_closed = outcome.error == Errc::kClosed;
      const bool for_now =
          outcome.error == Errc::kPeerClosed && (!tells_end || stage_.traits.reopens_producer);
      if (!for_now || done) break;
      if (tells_end) AwaitSenders();
    }
    if (!limit.is_never() && limit.HasPassed()) break;
  }
  if (limit.is_never() && !is_closed) slot_.drained.store(true, std::memory_order_release);
  slot_.draining.store(false, std::memory_order_relaxed);
  Count(slot_.progress);
}

void Actor::PerformRest(std::uint32_t index, const Operation& op) {
  if (Closes(op.action)) Sleep(op.timeout_us);
  Record({op.action, index, op.timeout_us, &op.fault}, {}, [&](Outcome& outcome) {
    outcome.state = Outcome::State::kOk;
    if (op.action == Action::kCloseSend && endpoint_ != nullptr) {
      SetResult(endpoint_->CloseDirection(Direction::kSend), outcome);
    } else if (op.action == Action::kCloseReceive && endpoint_ != nullptr) {
      SetResult(endpoint_->CloseDirection(Direction::kReceive), outcome);
    } else if (op.action == Action::kClose) {
      endpoint_.reset();
    } else if (op.action == Action::kOpen && endpoint_ == nullptr) {
      auto opened = reopen_(DeadlineOf(op.timeout_us));
      if (!opened) return SetError(opened.error(), outcome);
      endpoint_ = *std::move(opened);
      ++opened_;
      const bool own_stream = stage_.traits.shape == Shape::kBytes && stage_.traits.connections &&
                              stage_.program.role(index_) == Role::kProducer;
      if (own_stream) next_ = StreamStart(opened_);
    } else if (op.action == Action::kKill) {
      const std::int64_t delay_ns =
          op.timeout_us == kTimeoutNever ? 0 : std::int64_t{op.timeout_us} * 1000;
      stage_.recorder.control().kills[op.target].at_ns.store(MonotonicNs() + delay_ns,
                                                             std::memory_order_release);
      stage_.recorder.RingDoorbell();
    }
  });
  Count(slot_.progress);
}

}  // namespace ipc_hammer
