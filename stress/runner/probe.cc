#include "stress/runner/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "properties/program/payload.h"
#include "stress/process/child_process.h"

namespace ipc_hammer {
namespace {

constexpr std::chrono::seconds kPatience{2};
constexpr int kExchanges = 20;
constexpr std::uint32_t kProbeSize = 64;
constexpr std::uint32_t kProbeRun = 0x70726f62;  // distinct from the run's, whatever that is
// What one run can leave in a channel; beyond that it invents.
constexpr int kLeftoversMax = 1 << 20;

int Report(std::string_view what, const Error& error) {
  fmt::print(stderr, "{}: {}\n", what, ToString(error));
  const bool limits = error.code == Errc::kNoSpace || error.code == Errc::kPermission;
  return limits ? kExitRefused : kExitBroken;
}

int Broken(std::string_view what) {
  fmt::print(stderr, "{}\n", what);
  return kExitBroken;
}

class Prober {
 public:
  Prober(const TransportKind& kind, const Program& program)
      : traits_(kind.traits),
        run_(program.seed),
        probe_run_(program.seed ^ kProbeRun),
        producer_(program.actors()),
        sent_(traits_.shape == Shape::kTokens ? 0
                                              : std::min(program.message_size_bytes, kProbeSize)),
        received_(program.message_size_bytes) {}

  int Exchange(Endpoint& producer, Endpoint& consumer) {
    for (int i = 0; i < kExchanges; ++i) {
      const MessageId id{.producer = producer_, .sequence = static_cast<std::uint64_t>(i)};
      Fill(id);
      const auto sent = producer.Send(sent_, 0, Deadline::After(kPatience));
      if (!sent) return Report("send", sent.error());
      if (const int status = Take(consumer, id, *sent); status != 0) return status;
    }
    return 0;
  }

  // Takes what the killed run left; every message must be whole.
  int TakeLeftovers(Endpoint& consumer) {
    for (int i = 0; i < kLeftoversMax; ++i) {
      const auto received = consumer.Receive(received_, Deadline::Now());
      if (!received) {
        return received.error().code == Errc::kWouldBlock ? 0 : Report("receive", received.error());
      }
      const auto bytes =
          std::span(received_).first(std::min(received->size_bytes, received_.size()));
      if (traits_.shape != Shape::kMessages || bytes.size() < kPayloadHeaderBytes) continue;
      const auto id = Identify(bytes, run_);
      if (!id || !Matches(bytes, run_, *id)) return Broken("a message that was left is torn");
    }
    return Broken("more is left in the channel than the run can have sent");
  }

  int ExpectEmpty(Endpoint& consumer) {
    const auto received = consumer.Receive(received_, Deadline::Now());
    if (received) {
      return Broken(
          fmt::format("the new channel holds {} bytes of an old one", received->size_bytes));
    }
    return received.error().code == Errc::kWouldBlock ? 0 : Report("receive", received.error());
  }

 private:
  void Fill(MessageId id) {
    if (traits_.shape == Shape::kBytes) {
      FillStream(sent_, probe_run_, producer_, offset_);
    } else {
      FillPayload(sent_, probe_run_, id);
    }
  }

  int Take(Endpoint& consumer, MessageId id, std::size_t size) {
    for (std::size_t taken = 0; taken < size || size == 0;) {
      const auto received = consumer.Receive(received_, Deadline::After(kPatience));
      if (!received) return Report("receive", received.error());
      if (received->source_ended) continue;  // a killed producer's connection
      const auto bytes =
          std::span(received_).first(std::min(received->size_bytes, received_.size()));
      if (traits_.shape == Shape::kBytes) {
        if (!MatchesStream(bytes, probe_run_, producer_, offset_)) return Broken("wrong bytes");
        offset_ += bytes.size();
        taken += bytes.size();
      } else {
        return Matches(bytes, probe_run_, id) && bytes.size() == size ? 0 : Broken("wrong message");
      }
    }
    return 0;
  }

  const Traits& traits_;
  std::uint32_t run_;
  std::uint32_t probe_run_;
  std::uint32_t producer_;
  std::uint64_t offset_ = 0;
  std::vector<std::byte> sent_;
  std::vector<std::byte> received_;
};

}  // namespace

bool CanProbeSurvivor(const TransportKind& kind) {
  const Traits& traits = kind.traits;
  return kind.open != nullptr && !traits.consumer_is_creator && traits.survives_kill &&
         (traits.reopens_producer || traits.end_of_file == EndOfFile::kNever) &&
         (traits.reopens_consumer || !traits.send_needs_consumer);
}

int ProbeSurvivor(const TransportKind& kind, const Program& program, const ChannelName& name) {
  const auto open = [&](Role role) {
    return kind.open(name, role, program.options(), Deadline::After(kPatience));
  };
  const auto consumer = open(Role::kConsumer);
  if (!consumer) return Report("open as consumer", consumer.error());
  const auto producer = open(Role::kProducer);
  if (!producer) return Report("open as producer", producer.error());
  Prober prober(kind, program);
  if (const int status = prober.TakeLeftovers(**consumer); status != 0) return status;
  return prober.Exchange(**producer, **consumer);
}

int ProbeRestart(const TransportKind& kind, const Program& program, const ChannelName& name) {
  const auto channel = kind.create(name, program.options());
  if (!channel) return Report("create", channel.error());
  const auto consumer = (*channel)->Attach(Role::kConsumer, Deadline::After(kPatience));
  if (!consumer) return Report("attach as consumer", consumer.error());
  const auto producer = (*channel)->Attach(Role::kProducer, Deadline::After(kPatience));
  if (!producer) return Report("attach as producer", producer.error());
  Prober prober(kind, program);
  if (const int status = prober.ExpectEmpty(**consumer); status != 0) return status;
  return prober.Exchange(**producer, **consumer);
}

}  // namespace ipc_hammer
