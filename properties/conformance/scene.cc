#include "properties/conformance/scene.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace ipc_hammer {
namespace {

Options OptionsOf(const Traits& traits, std::size_t capacity) {
  Options options = SmallOptions(traits);
  options.capacity_messages = WithCapacity(traits, capacity).capacity_messages;
  return options;
}

}  // namespace

Scene::Scene(const TransportKind& kind, std::size_t capacity)
    : bench(kind, OptionsOf(kind.traits, capacity)) {}

Result<void> Scene::Send(std::uint32_t producer, std::uint64_t sequence, Endpoint& from,
                         Deadline deadline) {
  return SendUnit(from, bench.kind.traits, bench.options, {producer, sequence}, deadline);
}

bool Scene::AttachVictim(Role role) {
  auto attached = bench.channel->Attach(role, Soon());
  if (attached) victim = *std::move(attached);
  return attached.has_value();
}

void Scene::GiveUpTheOnlyProducer() {
  if (bench.kind.traits.producers_max == 1) bench.producer.reset();
}

std::vector<MessageId> Scene::Drain(Endpoint& consumer, std::string& error, std::size_t expected) {
  const Traits& traits = bench.kind.traits;
  // What nobody expects may be on its way as well, but once all that is expected has come it has
  // had its time.
  const std::chrono::milliseconds look(expected > 0 ? 10 : 200);
  std::vector<MessageId> ids;
  while (ids.size() < 100) {
    const Deadline deadline = ids.size() < expected ? Soon()
                              : traits.asynchronous ? Deadline::After(look)
                                                    : Deadline::Now();
    const auto id = ReceiveUnit(consumer, traits, bench.options, {}, deadline);
    if (!id) {
      const Errc code = id.error().code;
      const bool nothing = code == Errc::kWouldBlock || code == Errc::kTimedOut;
      const bool ended = code == Errc::kPeerClosed && traits.end_of_file != EndOfFile::kNever;
      if (!nothing && !ended) error = "receive: " + ToString(id.error());
      return ids;
    }
    ids.push_back(*id);
  }
  error = "more is received than was ever sent";
  return ids;
}

std::string Scene::GoesOn() {
  const Traits& traits = bench.kind.traits;
  if (traits.producers_max > 1 || bench.producer == nullptr) {
    auto producer = bench.channel->Attach(Role::kProducer, Patience());
    if (!producer) return "attach: " + ToString(producer.error());
    bench.producer = *std::move(producer);
  }
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto sent = Send(kNew, i, *bench.producer, Patience());
    if (!sent) return "send: " + ToString(sent.error());
    const auto id = ReceiveUnit(*bench.consumer, traits, bench.options, {kNew, i}, Patience());
    if (!id) return "receive: " + ToString(id.error());
    if (*id != MessageId{kNew, i}) return "another message than the one just sent";
  }
  if (!traits.exact_capacity) return "";
  std::size_t accepted = 0;
  while (accepted <= bench.options.capacity_messages &&
         Send(kNew, accepted, *bench.producer, Deadline::Now())) {
    ++accepted;
  }
  if (accepted == bench.options.capacity_messages) return "";
  return std::to_string(accepted) + " are accepted of " +
         std::to_string(bench.options.capacity_messages);
}

}  // namespace ipc_hammer
