// Every kind in one run: throughput and round trip between two processes (threads where a kind
// reaches no further), and one send with its receive on one thread, with its bare system calls
// (bare_calls.h) right after it, so that both meet the same state of the machine.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "properties/sandbox/sandbox.h"
#include "stress/bench/bare_calls.h"
#include "transports/kinds.h"

namespace ipc_hammer {
namespace {

constexpr std::size_t kCapacity = 64;
constexpr std::size_t kRoundTrips = 5'000;

// About as long for each size.
std::size_t MessagesOf(std::size_t bytes) {
  return std::max<std::size_t>(50'000 / (1 + bytes / 1024), 2'000);
}

Deadline Patience() { return Deadline::After(std::chrono::seconds(20)); }

ChannelName FreshName(const std::string& folder) {
  static int number = 0;
  return {.text = "bench" + std::to_string(getpid()) + "_" + std::to_string(++number),
          .folder = folder};
}

Options OptionsOf(const Traits& traits, std::size_t bytes) {
  Options options;
  options.message_size_bytes = traits.shape == Shape::kTokens ? 0 : bytes;
  options.capacity_messages = traits.capacity_messages_max == 0
                                  ? kCapacity
                                  : std::min(kCapacity, traits.capacity_messages_max);
  return options;
}

// All of the payload, however often a stream has to be asked.
bool SendAll(Endpoint& to, std::span<const std::byte> payload, Deadline deadline) {
  std::size_t sent = 0;
  do {
    const auto taken = to.Send(payload.subspan(sent), 0, deadline);
    if (!taken) return false;
    sent += *taken;
  } while (sent < payload.size());
  return true;
}

bool ReceiveAll(Endpoint& from, Shape shape, std::span<std::byte> buffer, Deadline deadline) {
  std::size_t received = 0;
  do {
    const auto got = from.Receive(buffer.subspan(received), deadline);
    if (!got) return false;
    received += got->size_bytes;
  } while (shape == Shape::kBytes && received < buffer.size());
  return true;
}

// The other side: a forked relative, or a thread of a kind that reaches only threads.
class OtherSide {
 public:
  OtherSide(const Traits& traits, const std::function<bool()>& body) {
    if (traits.reach == Reach::kThreads) {
      thread_.emplace([body, this] { is_well_ = body(); });
      return;
    }
    child_ = fork();
    if (child_ == 0) _exit(body() ? 0 : 1);
  }
  OtherSide(const OtherSide&) = delete;
  OtherSide& operator=(const OtherSide&) = delete;
  ~OtherSide() { static_cast<void>(EndsWell()); }

  bool EndsWell() {
    if (thread_ && thread_->joinable()) thread_->join();
    if (child_ > 0) {
      int status = 0;
      is_well_ = waitpid(child_, &status, 0) == child_ && status == 0;
      child_ = -1;
    }
    return is_well_;
  }

 private:
  std::optional<std::thread> thread_;
  pid_t child_ = -1;
  bool is_well_ = false;
};

using EndpointOr = Result<std::unique_ptr<Endpoint>>;

double SecondsSince(std::int64_t begin_ns) {
  return static_cast<double>(MonotonicNs() - begin_ns) / 1e9;
}

// Messages a second, from the first that is received to the last. Of a lossy kind those that come.
void Throughput(benchmark::State& state, const TransportKind& kind, std::size_t bytes,
                const std::string& folder) {
  const Traits& traits = kind.traits;
  const Options options = OptionsOf(traits, bytes);
  const std::size_t messages = MessagesOf(bytes);
  std::vector<std::byte> buffer(options.message_size_bytes);
  std::size_t received = 0;
  for (auto _ : state) {
    auto channel = kind.create(FreshName(folder), options);
    if (!channel) return state.SkipWithError(ToString(channel.error()).c_str());
    EndpointOr consumer = (*channel)->Attach(Role::kConsumer, Patience());
    if (!consumer) return state.SkipWithError(ToString(consumer.error()).c_str());
    OtherSide sender(traits, [&] {
      EndpointOr producer = (*channel)->Attach(Role::kProducer, Patience());
      const std::vector<std::byte> payload(options.message_size_bytes);
      bool sends = producer.has_value();
      for (std::size_t i = 0; i < messages && sends; ++i) {
        sends = SendAll(**producer, payload, Patience());
      }
      return sends;
    });
    if (!ReceiveAll(**consumer, traits.shape, buffer, Patience())) {
      return state.SkipWithError("nothing is received");
    }
    const std::int64_t begin_ns = MonotonicNs();
    double seconds = 0;
    for (std::size_t i = 1; i < messages; ++i) {
      const Deadline deadline =
          traits.lossy ? Deadline::After(std::chrono::milliseconds(100)) : Patience();
      if (!ReceiveAll(**consumer, traits.shape, buffer, deadline)) break;
      ++received;
      if (traits.lossy || i + 1 == messages) seconds = SecondsSince(begin_ns);
    }
    state.SetIterationTime(seconds);
    if (!sender.EndsWell()) return state.SkipWithError("the sender failed");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(received));
}

// What the one who asks sends to, and where it hears the answer.
struct Ends {
  std::unique_ptr<Endpoint> send;
  std::unique_ptr<Endpoint> receive;  // null: the same
  Endpoint& receiving() const { return receive ? *receive : *send; }
};

// Requests go there; answers come back on the same channel, or on another of the kind.
class TwoWays {
 public:
  TwoWays(const TransportKind& kind, const std::string& folder)
      : kind_(kind), options_(OptionsOf(kind.traits, 64)), back_name_(FreshName(folder)) {
    there_ = Create(FreshName(folder));
    if (!kind.traits.duplex && !kind.traits.consumer_is_creator) back_ = Create(back_name_);
  }

  bool Ask() {
    Ends ends;
    if (!kind_.traits.duplex && kind_.traits.consumer_is_creator) back_ = Create(back_name_);
    if (!there_) return false;
    ends.send = Attach(*there_, Role::kProducer);
    if (back_) ends.receive = Attach(*back_, Role::kConsumer);
    if (!ends.send || (!kind_.traits.duplex && !ends.receive)) return false;
    std::vector<std::byte> buffer(options_.message_size_bytes);
    for (std::size_t i = 0; i < kRoundTrips; ++i) {
      if (!SendAll(*ends.send, buffer, Patience())) return false;
      if (!ReceiveAll(ends.receiving(), kind_.traits.shape, buffer, Patience())) return false;
    }
    return true;
  }

  // Seconds for all but the first, or why not.
  std::expected<double, std::string> Answer() {
    if (!there_) return std::unexpected("no channel");
    Ends ends;
    ends.receive = Attach(*there_, Role::kConsumer);
    if (!ends.receive) return std::unexpected("no consumer");
    OtherSide asking(kind_.traits, [this] { return Ask(); });
    std::vector<std::byte> buffer(options_.message_size_bytes);
    std::int64_t begin_ns = 0;
    for (std::size_t i = 0; i < kRoundTrips; ++i) {
      if (!ReceiveAll(*ends.receive, kind_.traits.shape, buffer, Patience())) {
        return std::unexpected("no request");
      }
      if (i == 0) {
        begin_ns = MonotonicNs();
        if (!kind_.traits.duplex) ends.send = AnswerTo();
        if (!kind_.traits.duplex && !ends.send) return std::unexpected("no way back");
      }
      Endpoint& to = ends.send ? *ends.send : *ends.receive;
      if (!SendAll(to, buffer, Patience())) return std::unexpected("no answer");
    }
    const double seconds = SecondsSince(begin_ns);
    if (!asking.EndsWell()) return std::unexpected("the other side failed");
    return seconds;
  }

 private:
  std::unique_ptr<Channel> Create(const ChannelName& name) {
    auto channel = kind_.create(name, options_);
    return channel ? *std::move(channel) : nullptr;
  }
  static std::unique_ptr<Endpoint> Attach(Channel& channel, Role role) {
    EndpointOr endpoint = channel.Attach(role, Patience());
    return endpoint ? *std::move(endpoint) : nullptr;
  }
  std::unique_ptr<Endpoint> AnswerTo() {
    if (back_) return Attach(*back_, Role::kProducer);
    EndpointOr opened = kind_.open(back_name_, Role::kProducer, options_, Patience());
    return opened ? *std::move(opened) : nullptr;
  }

  const TransportKind& kind_;
  const Options options_;
  const ChannelName back_name_;
  std::unique_ptr<Channel> there_;
  std::unique_ptr<Channel> back_;
};

void RoundTrip(benchmark::State& state, const TransportKind& kind, const std::string& folder) {
  for (auto _ : state) {
    const auto seconds = TwoWays(kind, folder).Answer();
    if (!seconds) return state.SkipWithError(seconds.error().c_str());
    state.SetIterationTime(*seconds);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRoundTrips - 1));
}

void OneThread(benchmark::State& state, const TransportKind& kind, std::size_t bytes,
               const std::string& folder) {
  const Options options = OptionsOf(kind.traits, bytes);
  auto channel = kind.create(FreshName(folder), options);
  if (!channel) return state.SkipWithError(ToString(channel.error()).c_str());
  EndpointOr consumer = (*channel)->Attach(Role::kConsumer, Patience());
  EndpointOr producer = (*channel)->Attach(Role::kProducer, Patience());
  if (!consumer || !producer) return state.SkipWithError("no endpoint");
  std::vector<std::byte> buffer(options.message_size_bytes);
  const Deadline deadline = kind.traits.asynchronous ? Deadline::Never() : Deadline::Now();
  for (auto _ : state) {
    if (!SendAll(**producer, buffer, deadline) ||
        !ReceiveAll(**consumer, kind.traits.shape, buffer, deadline)) {
      return state.SkipWithError("not sent or not received");
    }
  }
}

void Register(const TransportKind& kind, const std::string& folder) {
  const std::string& name = kind.name;
  for (const std::size_t bytes : {std::size_t{64}, std::size_t{4096}, std::size_t{65536}}) {
    // A token has no size: once is enough.
    if (bytes > std::max<std::size_t>(kind.traits.message_size_max, 64)) continue;
    const std::string size = "/" + std::to_string(bytes);
    benchmark::RegisterBenchmark(("Throughput/" + name + size).c_str(), [&kind, bytes,
                                                                         folder](auto& state) {
      Throughput(state, kind, bytes, folder);
    })->UseManualTime();
    benchmark::RegisterBenchmark(
        ("OneThread/" + name + size).c_str(),
        [&kind, bytes, folder](auto& state) { OneThread(state, kind, bytes, folder); });
    if (const BareCalls calls = BareCallsOf(name, bytes)) {
      benchmark::RegisterBenchmark(("Bare/" + name + size).c_str(),
                                   [calls, bytes](auto& state) { calls(state, bytes); });
    }
  }
  benchmark::RegisterBenchmark(("RoundTrip/" + name + "/64").c_str(), [&kind, folder](auto& state) {
    RoundTrip(state, kind, folder);
  })->UseManualTime();
}

}  // namespace
}  // namespace ipc_hammer

int main(int argc, char** argv) {
  using namespace ipc_hammer;
  const SandboxReport sandbox = EnterSandbox();
  for (const TransportKind& kind : AllKinds()) Register(kind, sandbox.scratch_folder);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
