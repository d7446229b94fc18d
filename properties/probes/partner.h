// What both measurements of speed need: a channel, messages of 64 bytes, and somebody at its other
// end: another process where the kind reaches one, else a thread. Both sides keep to a processor of
// their own, where there are two.
//
// One thread on this side. A Line has to outlive the Partner that uses it.
#ifndef IPC_HAMMER_PROPERTIES_PROBES_PARTNER_H_
#define IPC_HAMMER_PROPERTIES_PROBES_PARTNER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/conformance/actors.h"
#include "transports/transport.h"

namespace ipc_hammer {

// The median of so many runs of that length.
inline constexpr std::size_t kSpeedRuns = 9;
inline constexpr std::chrono::milliseconds kSpeedRun{20};
// How long a partner may block before it looks whether it is to stop.
inline constexpr std::chrono::milliseconds kSlice{50};

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

// Does `work` until it is destroyed: a child is killed, a thread is told by `stop`.
class Partner {
 public:
  using Stop = std::atomic<bool>;
  using Work = std::function<int(const Stop& stop)>;

  Partner(const TransportKind& kind, const Work& work);
  ~Partner() { stop_ = true; }
  Partner(const Partner&) = delete;
  Partner& operator=(const Partner&) = delete;

  const char* Who() const { return child_ ? "two processes" : "two threads"; }

 private:
  Stop stop_ = false;
  std::optional<ChildActor> child_;
  std::optional<ThreadActor<int>> thread_;
};

// The whole message: a stream may take it in parts. False if it was not taken by the deadline.
bool SendAll(Endpoint& to, std::span<const std::byte> message, Deadline deadline);

inline double Median(std::array<double, kSpeedRuns> values) {
  std::ranges::sort(values);
  return values[kSpeedRuns / 2];
}

}  // namespace ipc_hammer

#endif  // IPC_HAMMER_PROPERTIES_PROBES_PARTNER_H_
