#include "stress/actors/guest.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "properties/program/payload.h"
#include "properties/program/text.h"
#include "stress/recorder/await_bell.h"
#include "stress/recorder/complain.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::microseconds kWait{500};
constexpr long kRestNs = 100'000;
// Calls after the owner has ended.
constexpr std::uint32_t kCallsMax = 100;
// Of those who wait for the others' end, and then for the news of it: far longer than both take.
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kNewsWait{20};
constexpr std::uint32_t kMessageMax = 1024;
// What each byte of an old stream is: those of the program's streams differ from each other.
constexpr std::byte kStreamByte{0xa5};

}  // namespace

OwnerEnd EndOf(const Program& program, std::uint32_t owner) {
  const Adversities& adversities = program.adversities;
  const std::uint32_t place = (owner + program.seed % adversities.owners()) % adversities.owners();
  if (place < adversities.closed_owners) return OwnerEnd::kCloses;
  return place < adversities.closed_owners + adversities.killed_owners ? OwnerEnd::kIsKilled
                                                                       : OwnerEnd::kUnlinks;
}

Visit::Visit(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
             std::uint32_t owner, std::unique_ptr<Endpoint> endpoint)
    : kind_(kind),
      recorder_(recorder),
      program_(recorder.program()),
      actor_(actor),
      owner_(owner),
      role_(program_.role(actor)),
      endpoint_(std::move(endpoint)),
      buffer_(std::max(program_.message_size_bytes, 1U)),
      random_(program_.seed + actor) {}

// Distinct from the program's own.
std::uint32_t Visit::RunOf(std::uint32_t owner) const {
  return program_.seed ^ (0x6f776e00U + owner);
}

void Visit::Step() {
  const Said said = Call(random_() % 2 == 0 ? Deadline::Now() : Deadline::After(kWait));
  const timespec rest{0, kRestNs};
  if (said != Said::kOk || role_ == Role::kProducer) nanosleep(&rest, nullptr);
}

Visit::Said Visit::Call(Deadline deadline) {
  return role_ == Role::kProducer ? Send(deadline) : Receive(deadline);
}

namespace {

bool SaysNothingHappened(const Error& error) {
  return error.code == Errc::kWouldBlock || error.code == Errc::kTimedOut;
}

}  // namespace

Visit::Said Visit::Send(Deadline deadline) {
  const bool tokens = kind_.traits.shape == Shape::kTokens;
  const std::size_t size = tokens ? 0 : std::min(program_.message_size_bytes, kMessageMax);
  const std::span<std::byte> payload = std::span(buffer_).first(size);
  if (kind_.traits.shape == Shape::kBytes) {
    std::ranges::fill(payload, kStreamByte);
  } else {
    FillPayload(payload, RunOf(owner_), {.producer = actor_, .sequence = next_});
  }
  const auto sent = endpoint_->Send(payload, 0, deadline);
  if (!sent) return SaysNothingHappened(sent.error()) ? Said::kNothing : Said::kEnd;
  ++next_;
  return Said::kOk;
}

Visit::Said Visit::Receive(Deadline deadline) {
  const bool tokens = kind_.traits.shape == Shape::kTokens;
  const std::span<std::byte> buffer =
      std::span(buffer_).first(tokens ? 0 : program_.message_size_bytes);
  const auto received = endpoint_->Receive(buffer, deadline);
  if (!received) return SaysNothingHappened(received.error()) ? Said::kNothing : Said::kEnd;
  if (!received->source_ended) Judge(buffer.first(std::min(received->size_bytes, buffer.size())));
  return Said::kOk;
}

// Whatever comes is of this owner's channel, and whole.
void Visit::Judge(std::span<const std::byte> bytes) const {
  if (kind_.traits.shape == Shape::kTokens) return;
  bool is_own = true;
  if (kind_.traits.shape == Shape::kBytes) {
    is_own = std::ranges::all_of(bytes, [](std::byte b) { return b == kStreamByte; });
  } else if (bytes.size() >= kPayloadHeaderBytes) {
    const auto id = Identify(bytes, RunOf(owner_));
    is_own = id && Matches(bytes, RunOf(owner_), *id);
  }
  if (is_own) return;
  const bool is_later = bytes.size() >= kPayloadHeaderBytes && Identify(bytes, program_.seed);
  Complain(recorder_, Rule::kIntegrity,
           fmt::format("{} received {} bytes on the channel of the {}th owner that {}",
                       ActorName(program_, actor_), bytes.size(), owner_ + 1,
                       is_later ? "were sent on the one that lasts" : "nobody had sent on it"));
}

void Visit::Stay() {
  const auto ended = [&] {
    return owner().stage.load(std::memory_order_acquire) >= OwnerStage::kEnds;
  };
  const Deadline patience = Deadline::After(kPatience);
  while (!ended() && !patience.HasPassed()) Step();
  for (std::uint32_t left = random_() % kCallsMax; left > 0; --left) Step();
  // One role leaves first, the other is told.
  const bool is_told = (role_ == Role::kConsumer) == ((program_.seed + owner_) % 2 == 0);
  if (is_told && AwaitPeers()) ExpectEnd();
  Quit();
}

// It is gone before its owner is: what it sent afterwards would be the next one's.
void Visit::Pass() {
  for (std::uint32_t left = random_() % kCallsMax; left > 0; --left) Step();
  Quit();
}

void Visit::Quit() {
  endpoint_.reset();
  owner().guests_left[static_cast<std::size_t>(role_)].fetch_add(1, std::memory_order_release);
  recorder_.RingDoorbell();
}

// False where they may not come: somebody of them may be dead.
bool Visit::AwaitPeers() const {
  if (HasKills(program_)) return false;
  const Role peers = role_ == Role::kProducer ? Role::kConsumer : Role::kProducer;
  const std::uint32_t count = peers == Role::kProducer ? program_.producers : program_.consumers;
  const std::uint32_t creator = recorder_.control().creator;
  const std::uint32_t guests = count - (program_.role(creator) == peers ? 1 : 0);
  return AwaitBell(recorder_, Deadline::After(kPatience), [&] {
    return owner().stage.load(std::memory_order_acquire) == OwnerStage::kGone &&
           owner().guests_left[static_cast<std::size_t>(peers)].load(std::memory_order_acquire) ==
               guests;
  });
}

// All its peers have gone. An error of any other kind is an end as well.
void Visit::ExpectEnd() {
  const Traits& traits = kind_.traits;
  const bool is_told = role_ == Role::kProducer ? traits.send_needs_consumer
                                                : traits.end_of_file == EndOfFile::kPersistent;
  const bool may_be_stuck = EndOf(program_, owner_) == OwnerEnd::kIsKilled && !traits.survives_kill;
  if (!is_told || may_be_stuck) return;
  const Deadline patience = Deadline::After(kPatience);
  while (Call(Deadline::After(kNewsWait)) != Said::kEnd) {
    if (!patience.HasPassed()) continue;
    return Complain(recorder_, Rule::kClose,
                    fmt::format("{} is not told that all its peers on the channel of the {}th "
                                "owner have gone",
                                ActorName(program_, actor_), owner_ + 1));
  }
}

Guests::~Guests() {
  for (std::thread& thread : threads_) thread.join();
}

Result<void> Guests::Come(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
                          Deadline deadline) {
  const Program program = recorder.program();
  for (std::uint32_t i = 0; i < program.adversities.owners(); ++i) {
    Owner& owner = recorder.control().owners[i];
    const bool is_open = AwaitBell(recorder, deadline, [&] {
      return owner.stage.load(std::memory_order_acquire) >= OwnerStage::kOpen;
    });
    if (!is_open) return Fail(Errc::kTimedOut, "waiting for an owner");
    auto endpoint = kind.open(recorder.name(), program.role(actor), program.options(), deadline);
    if (!endpoint) {
      if (endpoint.error().code != Errc::kNoSpace) {
        Complain(recorder, Rule::kRestart,
                 fmt::format("{} cannot open the channel of the {}th owner, which waits for it: {}",
                             ActorName(program, actor), i + 1, ToString(endpoint.error())));
      }
      return std::unexpected(endpoint.error());
    }
    auto visit = std::make_unique<Visit>(kind, recorder, actor, i, *std::move(endpoint));
    if (program.role(actor) == Role::kProducer && kind.traits.follows_name) {
      visit->Pass();
    } else {
      threads_.emplace_back([own = std::move(visit)] { own->Stay(); });
    }
    owner.guests_in.fetch_add(1, std::memory_order_release);
    recorder.RingDoorbell();
  }
  return {};
}

}  // namespace ipc_hammer
