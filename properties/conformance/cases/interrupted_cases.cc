// Rule interrupted: signals without SA_RESTART, EINTR, short transfers and spurious wake-ups at any
// system call change nothing that a caller can see.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <semaphore>

#include "properties/conformance/actors.h"
#include "properties/conformance/bench.h"
#include "properties/conformance/case.h"
#include "properties/faults/syscall_faults.h"

namespace ipc_hammer {
namespace {

std::atomic<int> signals_seen = 0;

// Handles SIGUSR1 as long as it lives, in whichever thread it comes, without SA_RESTART.
class CountingHandler {
 public:
  CountingHandler() {
    signals_seen = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) { signals_seen.fetch_add(1, std::memory_order_relaxed); };
    sigaction(SIGUSR1, &action, &before_);
  }
  ~CountingHandler() { sigaction(SIGUSR1, &before_, nullptr); }
  CountingHandler(const CountingHandler&) = delete;
  CountingHandler& operator=(const CountingHandler&) = delete;

 private:
  struct sigaction before_ = {};
};

// Sends SIGUSR1 to the thread that made it as long as it lives. REQUIRES: a CountingHandler.
class SignalStorm {
 public:
  explicit SignalStorm(std::chrono::microseconds every) {
    sigevent event = {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event._sigev_un._tid = gettid();  // glibc 2.36 has no sigev_notify_thread_id
    made_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    const timespec period = {0, std::chrono::nanoseconds(every).count()};
    const itimerspec schedule = {period, period};
    if (made_) timer_settime(timer_, 0, &schedule, nullptr);
  }
  ~SignalStorm() {
    if (made_) timer_delete(timer_);
  }
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;

  bool made() const { return made_; }

 private:
  bool made_ = false;
  timer_t timer_ = {};
};

// Longer than it takes to handle a signal under ThreadSanitizer, so that the thread gets on.
constexpr std::chrono::microseconds kStormEvery{300};

// More units than any case has under way.
constexpr std::ptrdiff_t kUnbounded = 1 << 29;

// How many units a sender may have under way: below its floor a lossy kind drops nothing.
std::ptrdiff_t UnderWayMax(const Traits& traits) {
  return traits.lossy ? static_cast<std::ptrdiff_t>(traits.floor_messages) : kUnbounded;
}

CONFORMANCE_CASE(Interrupted, AStormOfSignalsChangesNoMessage, true) {
  constexpr int kUnits = 400;
  Bench bench(kind, WithCapacity(kind.traits, 1));
  ASSERT_TRUE(bench.ok()) << bench.error();
  const CountingHandler handler;
  std::counting_semaphore<> room(UnderWayMax(kind.traits));
  ThreadActor<Result<void>> sender([&]() -> Result<void> {
    const SignalStorm storm(kStormEvery);
    for (int i = 0; i < kUnits || signals_seen < 20; ++i) {
      room.acquire();
      if (auto sent = bench.Send(Soon()); !sent) return sent;
    }
    return bench.producer->CloseDirection(Direction::kSend);
  });
  int received = 0;
  Result<void> result;
  {
    // The end is seen by the receiver's own time-out where the kind knows no end of file.
    bench.channel->Detach();
    const SignalStorm storm(kStormEvery);
    EXPECT_TRUE(storm.made());
    while ((result = bench.Receive(
                received < kUnits ? Soon() : Deadline::After(std::chrono::milliseconds(200))))) {
      ++received;
      room.release();
    }
  }
  room.release(kUnbounded);  // nobody makes room any more
  EXPECT_EQ(Said(sender.Join()), "ok");
  EXPECT_GE(received, kUnits) << ToString(result.error());
  const std::string end = Said(result);
  EXPECT_TRUE(end == "timed_out" || end == "peer_closed") << end;
}

// `wait` with a deadline must time out, and not before its time. How many signals come through in
// one wait is the scheduler's business, so it is repeated until enough have.
template <typename Wait>
void ExpectTimeOutsInAStorm(Wait wait) {
  constexpr std::chrono::milliseconds kTimeout{60};
  const CountingHandler handler;
  const SignalStorm storm(kStormEvery);
  ASSERT_TRUE(storm.made());
  while (signals_seen <= 10) {
    const std::int64_t start_ns = MonotonicNs();
    ASSERT_EQ(Said(wait(Deadline::After(kTimeout))), "timed_out");
    ASSERT_GE(MonotonicNs() - start_ns, std::chrono::nanoseconds(kTimeout).count());
  }
}

CONFORMANCE_CASE(Interrupted, AStormOfSignalsMakesNoTimeOutEarlyAndNoWaitEndless, true) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ExpectTimeOutsInAStorm([&](Deadline deadline) { return bench.Receive(deadline); });
}

CONFORMANCE_CASE(Interrupted, AStormOfSignalsMakesNoTimeOutOfASendEarly, GetsFull(traits)) {
  Bench bench(kind);
  ASSERT_TRUE(bench.ok()) << bench.error();
  ASSERT_EQ(Said(bench.Fill()), "ok");
  ExpectTimeOutsInAStorm([&](Deadline deadline) { return bench.Send(deadline); });
}

// One message as large as can be, and a few units.
std::string MessagesThrough(Bench& bench) {
  if (bench.kind.traits.shape == Shape::kMessages) {
    const auto message = Bytes(bench.options.message_size_bytes, {});
    std::vector<std::byte> buffer(message.size());
    const auto sent = bench.producer->Send(message, 0, Soon());
    if (!sent) return "send: " + ToString(sent.error());
    const auto got = bench.consumer->Receive(buffer, Soon());
    if (!got) return "receive: " + ToString(got.error());
    if (got->size_bytes != message.size() || buffer != message) return "another message arrived";
  }
  return bench.Works();
}

// The life of a channel, cut or interrupted at its nth system call. EAGAIN has a meaning of its own
// while a channel is made (a lock is held, a backlog is full); so that fault begins afterwards.
std::string LiveThroughFault(const TransportKind& kind, Fault fault, FaultReport& report) {
  const bool from_birth = fault.kind != FaultKind::kSpurious;
  if (from_birth) ArmFault(fault);
  std::string said;
  {
    Bench bench(kind);
    if (!from_birth) ArmFault(fault);
    said = bench.ok() ? MessagesThrough(bench) : bench.error();
  }
  report = DisarmFault();
  return said;
}

CONFORMANCE_CASE(Interrupted, EachCallInterruptedOrCutShortOnceChangesNothing, true) {
  for (const FaultKind fault : {FaultKind::kInterrupt, FaultKind::kSpurious, FaultKind::kShort}) {
    FaultReport report;
    for (std::uint8_t nth = 1; nth == 1 || report.fired; ++nth) {
      const std::string said = LiveThroughFault(kind, {fault, nth}, report);
      ASSERT_EQ(said, "ok") << "fault " << static_cast<int>(fault) << " at call " << int{nth}
                            << ": " << report.call;
      ASSERT_LT(nth, 100);
    }
  }
}

}  // namespace
}  // namespace ipc_hammer
