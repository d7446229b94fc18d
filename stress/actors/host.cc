#include "stress/actors/host.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stress/actors/actor.h"
#include "stress/actors/contact.h"
#include "stress/actors/ordeal.h"
#include "stress/process/child_process.h"

namespace ipc_hammer {
namespace {

using EndpointResult = Result<std::unique_ptr<Endpoint>>;

int Refuse(FlightRecorder& recorder, std::uint32_t actor, const Error& error) {
  ActorSlot& slot = recorder.slot(actor);
  slot.refusal.store(error.code, std::memory_order_relaxed);
  slot.refusal_errno.store(error.sys_errno, std::memory_order_relaxed);
  slot.refused.store(true, std::memory_order_release);
  fmt::print(stderr, "refused: {}\n", ToString(error));
  recorder.RingDoorbell();
  return kExitRefused;
}

// What is there now and was not there before. What vanished was the runner's and is given back.
int ReportLeaks(const Census& before, const Census& after) {
  CensusDifference difference = Compare(before, after);
  std::erase_if(difference.changes, [](const CensusChange& change) {
    return change.what == CensusChange::What::kVanished;
  });
  if (difference.changes.empty()) return 0;
  fmt::print(stderr, "left behind by process {}:\n{}", getpid(), ToString(difference));
  return kExitLeak;
}

// Consumers first: a producer's connection needs somebody who listens.
std::vector<std::uint32_t> AttachOrder(const Program& program) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = program.producers; i < program.actors(); ++i) order.push_back(i);
  for (std::uint32_t i = 0; i < program.producers; ++i) order.push_back(i);
  return order;
}

int PlayInThreads(const TransportKind& kind, FlightRecorder& recorder) {
  const Program program = recorder.program();
  const Ordeal ordeal(program);
  auto channel = kind.create(recorder.name(), program.options());
  if (!channel) return Refuse(recorder, 0, channel.error());
  std::mutex reopening;
  const Stage stage{program, kind.traits, recorder, false};
  std::vector<std::unique_ptr<Actor>> actors;
  for (const std::uint32_t i : AttachOrder(program)) {
    auto endpoint = (*channel)->Attach(program.role(i), Deadline::After(kAttachTimeout));
    if (!endpoint) return Refuse(recorder, i, endpoint.error());
    actors.push_back(std::make_unique<Actor>(stage, i, *std::move(endpoint),
                                             [&, i](Deadline deadline) -> EndpointResult {
                                               const std::lock_guard lock(reopening);
                                               return (*channel)->Attach(program.role(i), deadline);
                                             }));
  }
  (*channel)->Detach();
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; const std::uint32_t index : AttachOrder(program)) {
    threads.emplace_back([&ordeal, index, &actor = *actors[i++]] {
      const Preemption preemption = ordeal.Enter(index);
      actor.Run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

}  // namespace

int HostThreads(const TransportKind& kind, FlightRecorder& recorder, const CensusScope& scope) {
  const Census before = TakeCensus(scope);
  if (const int status = PlayInThreads(kind, recorder); status != 0) return status;
  return ReportLeaks(before, TakeCensus(scope));
}

int HostRelative(std::unique_ptr<Channel>& channel, const TransportKind& kind,
                 FlightRecorder& recorder, std::uint32_t actor) {
  const Program program = recorder.program();
  const Role role = program.role(actor);
  const Ordeal ordeal(program);
  const Preemption preemption = ordeal.Enter(actor);
  const Census before = TakeProcessCensus(getpid());
  {
    auto endpoint = channel->Attach(role, Deadline::After(kAttachTimeout));
    if (!endpoint) return Refuse(recorder, actor, endpoint.error());
    channel->Detach();
    Actor(Stage{program, kind.traits, recorder}, actor, *std::move(endpoint),
          [&](Deadline deadline) { return channel->Attach(role, deadline); })
        .Run();
  }
  channel.reset();
  return ReportLeaks(before, TakeProcessCensus(getpid()));
}

namespace {

int PlayAsStranger(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor) {
  const Program program = recorder.program();
  const Ordeal ordeal(program);
  const Preemption preemption = ordeal.Enter(actor);
  Guests guests;
  std::unique_ptr<Channel> channel;
  auto endpoint = MakeContact(kind, recorder, actor, channel, guests);
  if (!endpoint) return Refuse(recorder, actor, endpoint.error());
  const Options options = program.options();
  Actor(Stage{program, kind.traits, recorder}, actor, *std::move(endpoint), [&](Deadline deadline) {
    return kind.open(recorder.name(), program.role(actor), options, deadline);
  }).Run();
  // The name must live as long as somebody may still open it.
  if (channel != nullptr) recorder.AwaitPhase(Phase::kEnd, Deadline::Never());
  return 0;
}

}  // namespace

int HostStranger(const TransportKind& kind, FlightRecorder& recorder, std::uint32_t actor) {
  const Census before = TakeProcessCensus(getpid());
  if (const int status = PlayAsStranger(kind, recorder, actor); status != 0) return status;
  return ReportLeaks(before, TakeProcessCensus(getpid()));
}

}  // namespace ipc_hammer
