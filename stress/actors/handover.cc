#include "stress/actors/handover.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <utility>

#include "stress/actors/guest.h"
#include "stress/recorder/await_bell.h"
#include "stress/recorder/complain.h"

namespace ipc_hammer {
namespace {

// How long an owner and its guests have it to themselves, and how late an unlinked one closes.
constexpr std::uint32_t kReignMaxUs = 2000;
constexpr std::uint32_t kLateMaxUs = 400;
// An owner that has to end and does not in that time hangs.
constexpr std::chrono::seconds kEndsWithin{5};

void PauseUpTo(std::uint32_t most_us, std::minstd_rand& random) {
  const timespec pause{0, static_cast<long>(random() % (most_us + 1)) * 1000};
  nanosleep(&pause, nullptr);
}

std::minstd_rand RandomOf(const Program& program, std::uint32_t owner) {
  std::minstd_rand random(program.seed + owner);
  random.discard(1);
  return random;
}

}  // namespace

Handover::Handover(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor,
                   Deadline deadline)
    : kind_(kind),
      recorder_(recorder),
      name_(recorder.name()),
      program_(recorder.program()),
      actor_(actor),
      deadline_(deadline),
      creator_(getpid()) {}

Result<std::unique_ptr<Channel>> Handover::Create() {
  const std::uint32_t owners = program_.adversities.owners();
  for (std::uint32_t owner = 0; owner < owners; ++owner) {
    auto process = ChildProcess::Fork([&] { return BeOwner(owner); });
    if (!process) return std::unexpected(process.error());
    owners_.push_back(*std::move(process));
    if (!AwaitGuests(owner)) return Fail(Errc::kTimedOut, "waiting for an owner's guests");
    std::minstd_rand random = RandomOf(program_, owner);
    PauseUpTo(kReignMaxUs, random);
    End(owner);
  }
  return Succeed(owners);
}

bool Handover::AwaitGuests(std::uint32_t owner) {
  const Owner& own = recorder_.control().owners[owner];
  return AwaitBell(recorder_, deadline_,
                   [&] {
                     if (owner > 0) static_cast<void>(IsGone(owner - 1));
                     owners_[owner].Poll();
                     return !owners_[owner].alive() ||
                            own.guests_in.load(std::memory_order_acquire) + 1 == program_.actors();
                   }) &&
         owners_[owner].alive();
}

void Handover::End(std::uint32_t owner) {
  if (EndOf(program_, owner) == OwnerEnd::kIsKilled) owners_[owner].Kill();
  Enter(owner, OwnerStage::kEnds);
}

void Handover::AwaitOwners() {
  const Deadline deadline = Deadline::After(kEndsWithin);
  for (std::uint32_t owner = 0; owner < owners_.size(); ++owner) {
    owners_[owner].AwaitEnd(deadline);
    JudgeEnd(owner);
    owners_[owner].End();
    Enter(owner, OwnerStage::kGone);
  }
  owners_.clear();
}

void Handover::JudgeEnd(std::uint32_t owner) {
  const ChildProcess& process = owners_[owner];
  if (process.alive()) {
    return Complain(recorder_, Rule::kNoHang,
                    fmt::format("the {}th owner of the name does not end", owner + 1));
  }
  const int status = process.wait_status();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const bool is_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (is_killed && process.killed_by_us()) return;
  // Where the machine refused it something it has said so; otherwise this is its death.
  if (WIFEXITED(status) && WEXITSTATUS(status) == kExitRefused) return;
  fmt::print(stderr, "{}", process.Errors());
  const bool leak = WIFEXITED(status) && WEXITSTATUS(status) == kExitLeak;
  Complain(recorder_, leak ? Rule::kNoLeak : Rule::kNoCrash,
           fmt::format("the {}th owner of the name ended with status {:#x}", owner + 1, status));
}

// A name is refused only as long as the one before may have it.
Result<std::unique_ptr<Channel>> Handover::Succeed(std::uint32_t owner) {
  for (;;) {
    const bool is_free = owner == 0 || IsGone(owner - 1);
    auto channel = kind_.create(name_, program_.options());
    if (channel) {
      Enter(owner, OwnerStage::kOpen);
      return channel;
    }
    const bool is_taken = channel.error().code == Errc::kExists;
    if (!is_taken || is_free || deadline_.HasPassed()) {
      const bool is_refused = channel.error().code == Errc::kNoSpace;
      if (!is_refused) {
        Complain(recorder_, Rule::kRestart,
                 fmt::format("a new channel under the name of an owner that {}: {}",
                             is_free ? "has ended" : "ends", ToString(channel.error())));
      }
      return channel;
    }
    if (StageOf(owner - 1) == OwnerStage::kUnlinked) Enter(owner - 1, OwnerStage::kMustGo);
    sched_yield();
  }
}

// The creator knows of the killed ones, once it has reaped them; the others say so.
bool Handover::IsGone(std::uint32_t owner) {
  if (getpid() == creator_ && owners_[owner].killed_by_us()) {
    owners_[owner].Poll();
    if (!owners_[owner].alive()) Enter(owner, OwnerStage::kGone);
  }
  return StageOf(owner) == OwnerStage::kGone;
}

int Handover::BeOwner(std::uint32_t owner) {
  auto channel = Succeed(owner);
  if (channel) return Own(owner, *std::move(channel));
  fmt::print(stderr, "create: {}\n", ToString(channel.error()));
  return kExitRefused;
}

int Handover::Own(std::uint32_t owner, std::unique_ptr<Channel> channel) {
  auto endpoint = channel->Attach(program_.role(actor_), deadline_);
  if (!endpoint) {
    fmt::print(stderr, "attach: {}\n", ToString(endpoint.error()));
    return kExitRefused;
  }
  channel->Detach();
  Visit visit(kind_, recorder_, actor_, owner, *std::move(endpoint));
  while (StageOf(owner) < OwnerStage::kEnds || EndOf(program_, owner) == OwnerEnd::kIsKilled) {
    visit.Step();
  }
  if (EndOf(program_, owner) == OwnerEnd::kUnlinks) {
    if (const Result<void> unlinked = channel->Unlink(); !unlinked) {
      Complain(recorder_, Rule::kRestart,
               fmt::format("an owner cannot unlink its name: {}", ToString(unlinked.error())));
    }
    Enter(owner, OwnerStage::kUnlinked);
    AwaitBell(recorder_, deadline_, [&] {
      return StageOf(owner) == OwnerStage::kMustGo || StageOf(owner + 1) >= OwnerStage::kOpen;
    });
    std::minstd_rand random = RandomOf(program_, owner + 1);
    PauseUpTo(kLateMaxUs, random);
  }
  visit.Leave();
  channel.reset();
  Enter(owner, OwnerStage::kGone);
  return 0;
}

void Handover::Enter(std::uint32_t owner, OwnerStage stage) {
  recorder_.control().owners[owner].stage.store(stage, std::memory_order_release);
  recorder_.RingDoorbell();
}

OwnerStage Handover::StageOf(std::uint32_t owner) const {
  return recorder_.control().owners[owner].stage.load(std::memory_order_acquire);
}

}  // namespace ipc_hammer
