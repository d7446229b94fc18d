// What both measurements of speed need: a channel, messages of 64 bytes, and somebody at its other
// end: another process where the kind reaches one, else a thread. What varies most is where the
// scheduler puts the two, and there they stay for a while: so each run has a channel and a partner
// of its own, and the median of the runs counts.
//
// One thread on this side. A Line has to outlive the Partner that uses it.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_PARTNER_H_
#define IPC_HAMMER_PROPERTIES_PROBES_PARTNER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/conformance/actors.h"
#include "properties/probes/cell.h"
#include "transports/sys/mapping.h"
#include "transports/transport.h"

namespace ipc_hammer {

// So many runs of that length, each after a shorter one that does not count: it begins with pages
// not yet there and with all that was sent while nobody received.
inline constexpr std::size_t kSpeedRuns = 9;
inline constexpr std::chrono::milliseconds kSpeedRun{20}, kWarmUp{5};
// How long a partner may block before it looks whether it is to stop.
inline constexpr std::chrono::milliseconds kSlice{10};

// A channel with room for many messages, so that it is not the capacity that is measured.
struct Line {
  explicit Line(const TransportKind& kind);

  const Options options;
  std::unique_ptr<Channel> channel;  // null: error says why
  std::string error;
};

// A message of 64 bytes, or a token, and room to receive in.
struct Buffers {
  explicit Buffers(const Options& options);

  std::vector<std::byte> message;
  std::vector<std::byte> room;
};

// Does `work` until it is destroyed, which `stop` tells it. One that is killed may leave a lock
// held that the next to close would wait for; so that comes only to a child that does not listen.
class Partner {
 public:
  using Stop = std::atomic<bool>;
  using Work = std::function<int(const Stop& stop)>;

  Partner(const TransportKind& kind, const Work& work);
  ~Partner();
  Partner(const Partner&) = delete;
  Partner& operator=(const Partner&) = delete;

 private:
  Mapping memory_;  // where a child sees it too
  Stop* stop_;
  std::optional<ChildActor> child_;
  std::optional<ThreadActor<int>> thread_;
};

// The whole message: a stream may take it in parts. False if it was not taken by the deadline.
bool SendAll(Endpoint& to, std::span<const std::byte> message, Deadline deadline);

// Who they are, for sentences: "two processes".
inline const char* PairsOf(const TransportKind& kind) {
  return kind.traits.reach == Reach::kThreads ? "two threads" : "two processes";
}

// What one run measured, or the cell that says why it did not.
using Speed = std::expected<double, Cell>;

// The median of kSpeedRuns runs; where one fails, its cell.
template <typename Run>
Speed MedianOfRuns(Run run) {
  std::array<double, kSpeedRuns> speeds{};
  for (double& speed : speeds) {
    const Speed measured = run();
    if (!measured) return measured;
    speed = *measured;
  }
  std::ranges::sort(speeds);
  return speeds[kSpeedRuns / 2];
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_PARTNER_H_
