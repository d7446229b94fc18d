#include "properties/conformance/faulted_life.h"

#include <memory>
#include <utility>
#include <vector>

#include "properties/conformance/bench.h"

namespace ipc_hammer {
namespace {

bool Always(const Traits&) { return true; }
bool HasNames(const Traits& traits) { return traits.reach == Reach::kStrangers; }

bool Refuses(FaultKind fault) {
  return fault == FaultKind::kDescriptors || fault == FaultKind::kMemory ||
         fault == FaultKind::kSpace;
}

bool IsExplained(const Error& error, FaultKind fault) {
  if (!Refuses(fault)) return false;
  return error.code == Errc::kNoSpace || error.code == Errc::kSystem ||
         error.code == Errc::kWouldBlock || error.code == Errc::kTimedOut;
}

std::string Told(const char* call, const Error& error) {
  return std::string(call) + ": " + ToString(error);
}

struct Made {
  std::unique_ptr<Channel> channel;
  std::vector<std::unique_ptr<Endpoint>> endpoints;
};

Result<Made> CreateAndAttach(const TransportKind& kind) {
  auto channel = kind.create(FreshName(), UsualOptions(kind.traits));
  if (!channel) return std::unexpected(channel.error());
  Made made{.channel = *std::move(channel), .endpoints = {}};
  for (const Role role : {Role::kConsumer, Role::kProducer}) {
    auto endpoint = made.channel->Attach(role, Soon());
    if (!endpoint) return std::unexpected(endpoint.error());
    made.endpoints.push_back(*std::move(endpoint));
  }
  return made;
}

std::string Create(const TransportKind& kind, Fault fault, FaultReport& report) {
  ArmFault(fault);
  const auto made = CreateAndAttach(kind);
  report = DisarmFault();
  if (made || (Refuses(fault.kind) && made.error().code == Errc::kNoSpace)) return "ok";
  return Told("create", made.error());
}

std::string Open(const TransportKind& kind, Fault fault, FaultReport& report) {
  const ChannelName name = FreshName();
  const Options options = UsualOptions(kind.traits);
  auto channel = kind.create(name, options);
  if (!channel) return Told("create", channel.error());
  auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
  if (!consumer) return Told("attach", consumer.error());
  ArmFault(fault);
  auto producer = kind.open(name, Role::kProducer, options, Soon());
  report = DisarmFault();
  if (!producer && !IsExplained(producer.error(), fault.kind)) {
    return Told("open", producer.error());
  }
  if (!producer) producer = kind.open(name, Role::kProducer, options, Soon());
  if (!producer) return Told("open once more", producer.error());
  const auto sent = SendUnit(**producer, kind.traits, options, {}, Soon());
  if (!sent) return Told("send", sent.error());
  const auto got = ReceiveUnit(**consumer, kind.traits, options, {}, Soon());
  return got ? "ok" : Told("receive", got.error());
}

std::string Send(const TransportKind& kind, Fault fault, FaultReport& report) {
  Bench bench(kind);
  if (!bench.ok()) return bench.error();
  ArmFault(fault);
  const auto sent = bench.Send();
  report = DisarmFault();
  if (!sent && !IsExplained(sent.error(), fault.kind)) return Told("send", sent.error());
  if (sent) {
    if (const auto got = bench.Receive(Soon()); !got) return Told("receive", got.error());
  }
  return bench.Works();
}

std::string Receive(const TransportKind& kind, Fault fault, FaultReport& report) {
  Bench bench(kind);
  if (!bench.ok()) return bench.error();
  if (const auto sent = bench.Send(); !sent) return Told("send", sent.error());
  ArmFault(fault);
  auto got = bench.Receive();
  report = DisarmFault();
  if (!got && !IsExplained(got.error(), fault.kind)) return Told("receive", got.error());
  if (!got) got = bench.Receive(Soon());
  return got ? bench.Works() : Told("receive once more", got.error());
}

std::string End(const TransportKind& kind, Fault fault, FaultReport& report) {
  {
    Bench bench(kind);
    if (!bench.ok()) return bench.error();
    if (const auto sent = bench.Send(); !sent) return Told("send", sent.error());
    ArmFault(fault);
  }
  report = DisarmFault();
  return "ok";
}

}  // namespace

const FaultedOperation kCreation = {"create", Always, Create};
const FaultedOperation kOpening = {"open", HasNames, Open};
const FaultedOperation kSending = {"send", Always, Send};
const FaultedOperation kReceiving = {"receive", Always, Receive};
const FaultedOperation kEnding = {"end", Always, End};

}  // namespace ipc_hammer
