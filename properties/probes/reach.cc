// Whose message arrives: another thread's, a forked child's, a stranger's?
#include <unistd.h>

#include <optional>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/probes/experiments.h"
#include "properties/probes/numbers.h"

namespace ipc_hammer {
namespace {

constexpr std::uint8_t kThread = 1, kRelative = 2, kStranger = 3;
// A child that takes no part by then does not reach the channel.
constexpr std::chrono::seconds kTakesPart{5};

bool HasSent(ChildActor& child) { return child.EndsWithin(kTakesPart) && child.Wait() == "exit 0"; }

// A process that was forked before the channel was made, so that it inherits nothing of it and
// knows the name alone.
class Stranger {
 public:
  Stranger(const TransportKind& kind, const ChannelName& name, const Options& options) {
    if (!kind.open || pipe(go_) != 0) return;
    process_.emplace([&] {
      char byte = 0;
      close(go_[1]);
      if (read(go_[0], &byte, 1) != 1) return 1;
      const auto producer = kind.open(name, Role::kProducer, options, Soon());
      return producer && SendNumber(**producer, options, kStranger) ? 0 : 1;
    });
    close(go_[0]);
  }
  ~Stranger() {
    if (process_) close(go_[1]);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  // Whether it has sent. REQUIRES: the channel is there.
  bool Sends() { return process_ && write(go_[1], "g", 1) == 1 && HasSent(*process_); }

 private:
  int go_[2] = {-1, -1};
  std::optional<ChildActor> process_;
};

bool RelativeSends(Channel& channel, const Options& options) {
  ChildActor relative([&] {
    const auto producer = channel.Attach(Role::kProducer, Soon());
    return producer && SendNumber(**producer, options, kRelative) ? 0 : 1;
  });
  return HasSent(relative);
}

bool ThreadSends(Channel& channel, const Options& options) {
  ThreadActor<bool> thread([&] {
    const auto producer = channel.Attach(Role::kProducer, Soon());
    return producer && SendNumber(**producer, options, kThread).has_value();
  });
  return thread.Join();
}

std::string Saw(bool relative, bool has_name) {
  const std::string of_relative =
      relative ? "a forked child's message arrived" : "a forked child's message did not arrive";
  if (!has_name) return of_relative + "; for a stranger there is no name to open";
  return of_relative + ", that of a process without relation, which knew the name alone, did not";
}

}  // namespace

Cell MeasureReach(const TransportKind& kind) {
  const Options options = UsualOptions(kind.traits);
  const ChannelName name = FreshName();
  Stranger stranger(kind, name, options);
  const auto channel = kind.create(name, options);
  if (!channel) return NotMade(ToString(channel.error()));
  const auto consumer = (*channel)->Attach(Role::kConsumer, Soon());
  if (!consumer) return FailedAt("attach", consumer);
  NumberReceiver receiver(**consumer, options);
  const auto arrives = [&](bool sent) {
    return sent && receiver.NextAfterGaps(Deadline::After(MomentOf(kind.traits))).has_value();
  };
  const bool hears_stranger = arrives(stranger.Sends());
  const bool hears_relative = arrives(RelativeSends(**channel, options));
  if (hears_stranger) {
    return Measured("strangers",
                    "a process without relation opened the name and its message "
                    "arrived");
  }
  if (hears_relative) return Measured("relatives", Saw(true, static_cast<bool>(kind.open)));
  // Last, so that there is no other thread when a child is forked.
  if (!arrives(ThreadSends(**channel, options)))
    return Failed("not even a thread's message arrived");
  return Measured("threads", Saw(false, static_cast<bool>(kind.open)));
}

}  // namespace ipc_hammer
