#include "stress/actors/contact.h"

#include <fmt/format.h>
#include <sched.h>

#include "properties/program/text.h"
#include "stress/actors/handover.h"
#include "stress/recorder/complain.h"
#include "stress/recorder/word_wait.h"

namespace ipc_hammer {
namespace {

using EndpointResult = Result<std::unique_ptr<Endpoint>>;

// One actor's contact with its channel.
class Contact {
 public:
  Contact(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor)
      : kind_(kind),
        recorder_(recorder),
        name_(recorder.name()),
        program_(recorder.program()),
        actor_(actor),
        deadline_(Deadline::After(kAttachTimeout)) {}

  EndpointResult Create(std::unique_ptr<Channel>& channel) {
    if (program_.adversities.owners() != 0) return CreateAfterOthers(channel);
    if (Result<void> rehearsed = Rehearse(); !rehearsed) {
      return std::unexpected(rehearsed.error());
    }
    auto created = kind_.create(name_, program_.options());
    if (!created) return std::unexpected(created.error());
    channel = *std::move(created);
    return Join(*channel);
  }

  EndpointResult Open(Guests& guests) {
    if (program_.adversities.owners() != 0) {
      const Result<void> came = guests.Come(kind_, recorder_, actor_, deadline_);
      if (!came) return std::unexpected(came.error());
    } else if (program_.adversities.rehearsals != 0) {
      return Look();
    }
    if (!recorder_.AwaitPhase(Phase::kCreated, deadline_)) {
      return Fail(Errc::kTimedOut, "waiting for the channel's creator");
    }
    auto endpoint = OpenOnce();
    if (!endpoint && program_.adversities.owners() != 0 &&
        endpoint.error().code != Errc::kNoSpace) {
      Complain(recorder_, Rule::kRestart,
               fmt::format("{} cannot open the channel of the last owner: {}",
                           ActorName(program_, actor_), ToString(endpoint.error())));
    }
    return endpoint;
  }

 private:
  EndpointResult CreateAfterOthers(std::unique_ptr<Channel>& channel) {
    Handover handover(kind_, recorder_, actor_, deadline_);
    auto created = handover.Create();
    if (!created) return std::unexpected(created.error());
    channel = *std::move(created);
    auto endpoint = Join(*channel);
    handover.AwaitOwners();
    return endpoint;
  }

  // The channel that lasts is there, and its creator has an endpoint of it.
  EndpointResult Join(Channel& channel) {
    recorder_.Enter(Phase::kCreated);
    auto endpoint = channel.Attach(program_.role(actor_), deadline_);
    channel.Detach();
    return endpoint;
  }

  EndpointResult OpenOnce() {
    return kind_.open(name_, program_.role(actor_), program_.options(), deadline_);
  }

  void Say(ContactState state) {
    recorder_.slot(actor_).contact.store(state, std::memory_order_release);
    recorder_.RingDoorbell();
  }

  // Whether all the others have come so far.
  bool AwaitOthers(ContactState state) {
    std::atomic<std::uint32_t>& doorbell = recorder_.control().doorbell;
    for (std::uint32_t other = 0; other < program_.actors();) {
      const std::uint32_t rung = doorbell.load(std::memory_order_acquire);
      const bool is_there =
          other == actor_ || recorder_.slot(other).contact.load(std::memory_order_acquire) >= state;
      if (is_there) {
        ++other;
      } else if (!WaitWhileEqual(doorbell, rung, deadline_)) {
        return false;
      }
    }
    return true;
  }

  // The creator's part of the rehearsals.
  Result<void> Rehearse() {
    if (program_.adversities.rehearsals == 0) return {};
    if (!AwaitOthers(ContactState::kLooks)) return Fail(Errc::kTimedOut, "waiting for the openers");
    for (std::uint32_t i = 0; i < program_.adversities.rehearsals; ++i) {
      const auto channel = kind_.create(name_, program_.options());
      if (!channel) return std::unexpected(channel.error());
    }
    recorder_.control().rehearsed.store(true, std::memory_order_release);
    if (!AwaitOthers(ContactState::kHasLooked)) {
      return Fail(Errc::kTimedOut, "waiting for the openers to see that a channel is gone");
    }
    return {};
  }

  // An opener's part, and then the channel that lasts: until its creator has said that it is there,
  // it may be missing, and nothing else.
  EndpointResult Look() {
    Say(ContactState::kLooks);
    while (!recorder_.control().rehearsed.load(std::memory_order_acquire)) {
      const auto endpoint = OpenOnce();
      if (!endpoint && !MayBeGone(endpoint.error().code)) return std::unexpected(endpoint.error());
      if (deadline_.HasPassed()) return Fail(Errc::kTimedOut, "waiting for the channel's creator");
    }
    Say(ContactState::kHasLooked);
    for (;;) {
      const bool is_created = recorder_.AwaitPhase(Phase::kCreated, Deadline::Now());
      auto endpoint = OpenOnce();
      const bool is_missing = !endpoint && endpoint.error().code == Errc::kNotFound;
      if (!is_missing || is_created || deadline_.HasPassed()) return endpoint;
      sched_yield();
    }
  }

  // What is removed while it is opened is not there, or its peer is not.
  static bool MayBeGone(Errc code) { return code == Errc::kNotFound || code == Errc::kPeerClosed; }

  const TransportKind& kind_;
  FlightRecorder& recorder_;
  const ChannelName name_;
  const Program program_;
  const std::uint32_t actor_;
  const Deadline deadline_;
};

}  // namespace

EndpointResult MakeContact(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
                           std::unique_ptr<Channel>& channel, Guests& guests) {
  Contact contact(kind, recorder, actor);
  return recorder.control().creator == actor ? contact.Create(channel) : contact.Open(guests);
}

}  // namespace ipc_hammer
