#include "transports/sys/gate.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "transports/sys/test_process.h"
#include "transports/sys/wait.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;

struct QuietPipe {
  QuietPipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  ~QuietPipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::array<pollfd, 2> Watched() const {
    return {{{.fd = ends[0], .events = POLLIN, .revents = 0}, {}}};
  }
  std::array<int, 2> ends;
};

TEST(Gate, RefusesAfterClose) {
  Gate gate;
  {
    EXPECT_TRUE(gate.Enter());
  }
  EXPECT_TRUE(gate.Close());
  EXPECT_FALSE(gate.Close());
  EXPECT_FALSE(gate.Enter());
}

TEST(Gate, TimesOutNotEarly) {
  Gate gate;
  const QuietPipe pipe;
  auto fds = pipe.Watched();
  const Gate::Use use = gate.Enter();
  const std::int64_t begin = MonotonicNs();
  const Result<void> waited = gate.Wait(fds, Deadline::After(milliseconds(20)));
  EXPECT_EQ(waited.error().code, Errc::kTimedOut);
  EXPECT_GE(MonotonicNs() - begin, 20'000'000);
}

TEST(Gate, NowLooksOnceAndMakesNoDescriptor) {
  Gate gate;
  const QuietPipe pipe;
  auto fds = pipe.Watched();
  const Gate::Use use = gate.Enter();
  const std::set<int> before = OpenDescriptors();
  EXPECT_EQ(gate.Wait(fds, Deadline::Now()).error().code, Errc::kWouldBlock);
  ASSERT_EQ(::write(pipe.ends[1], "x", 1), 1);
  EXPECT_TRUE(gate.Wait(fds, Deadline::Now()));
  EXPECT_EQ(OpenDescriptors(), before);
}

void CloseWhileWaiting() {
  Gate gate;
  const QuietPipe pipe;
  std::atomic<pid_t> id = 0;
  Errc seen = Errc::kSystem;
  std::thread waiter([&] {
    auto fds = pipe.Watched();
    const Gate::Use use = gate.Enter();
    id = ::gettid();
    seen = gate.Wait(fds, Deadline::Never()).error().code;
  });
  WaitUntilAsleep([&] { return id.load(); });
  EXPECT_TRUE(gate.Close());
  waiter.join();
  EXPECT_EQ(seen, Errc::kClosed);
}

TEST(Gate, CloseWakesAWaiter) { CloseWhileWaiting(); }

TEST(Gate, CloseWakesAWaiterWithoutADescriptorToSpare) {
  const QuietPipe pipe;
  Gate gate;
  std::atomic<bool> inside = false;
  std::atomic<bool> limited = false;
  Errc seen = Errc::kSystem;
  // Started before: UndefinedBehaviorSanitizer needs descriptors to look at a new thread's object.
  std::thread waiter([&] {
    auto fds = pipe.Watched();
    const Gate::Use use = gate.Enter();
    inside = true;
    while (!limited) std::this_thread::yield();
    seen = gate.Wait(fds, Deadline::Never()).error().code;
  });
  while (!inside) std::this_thread::yield();
  {
    const DescriptorLimit none(0);
    limited = true;
    EXPECT_TRUE(gate.Close());
  }
  waiter.join();
  EXPECT_EQ(seen, Errc::kClosed);
}

TEST(Gate, CloseReturnsOnlyWhenNobodyIsInside) {
  for (int round = 0; round < 200; ++round) {
    Gate gate;
    std::atomic<bool> started = false;
    int guarded = 0;  // ThreadSanitizer's witness
    std::thread user([&] {
      started = true;
      while (const Gate::Use use = gate.Enter()) ++guarded;
    });
    while (!started) std::this_thread::yield();
    EXPECT_TRUE(gate.Close());
    guarded = -1;
    EXPECT_EQ(guarded, -1);
    user.join();
  }
}

TEST(Gate, AForkedChildIsNotWokenByItsParent) {
  Gate gate;
  const QuietPipe pipe;
  auto fds = pipe.Watched();
  {
    const Gate::Use use = gate.Enter();
    EXPECT_FALSE(gate.Wait(fds, Deadline::After(milliseconds(1))));
  }
  const QuietPipe closed;  // tells the child that its parent has closed
  const pid_t child = ForkChild([&] {
    char byte;
    if (::read(closed.ends[0], &byte, 1) != 1) return 1;
    auto watched = pipe.Watched();
    const Gate::Use use = gate.Enter();
    const Result<void> waited = gate.Wait(watched, Deadline::After(milliseconds(5)));
    return !waited && waited.error().code == Errc::kTimedOut ? 0 : 2;
  });
  gate.Close();
  ASSERT_EQ(::write(closed.ends[1], "x", 1), 1);
  EXPECT_EQ(WaitForExit(child), 0);
}

TEST(Gate, AForkedChildThatClosesDoesNotWakeItsParent) {
  Gate gate;
  const QuietPipe pipe;
  auto fds = pipe.Watched();
  const auto wait = [&] {
    const Gate::Use use = gate.Enter();
    const Result<void> waited = gate.Wait(fds, Deadline::After(milliseconds(1)));
    return waited ? Errc::kSystem : waited.error().code;
  };
  EXPECT_EQ(wait(), Errc::kTimedOut);
  EXPECT_EQ(WaitForExit(ForkChild([&] { return gate.Close() ? 0 : 1; })), 0);
  EXPECT_EQ(wait(), Errc::kTimedOut);
}

void IgnoreSignal(int) {}

TEST(WaitReady, SignalsNeitherEndNorProlongIt) {
  struct sigaction action = {};
  struct sigaction before;
  action.sa_handler = IgnoreSignal;  // without SA_RESTART
  sigaction(SIGUSR1, &action, &before);
  const QuietPipe pipe;
  std::atomic<bool> done = false;
  const pthread_t waiter = pthread_self();
  std::thread disturber([&] {
    while (!done) {
      pthread_kill(waiter, SIGUSR1);
      std::this_thread::yield();
    }
  });
  auto fds = pipe.Watched();
  const std::int64_t begin = MonotonicNs();
  const Result<void> waited = WaitReady({fds.data(), 1}, Deadline::After(milliseconds(30)));
  const std::int64_t end = MonotonicNs();
  done = true;
  disturber.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(waited.error().code, Errc::kTimedOut);
  EXPECT_GE(end - begin, 30'000'000);
}

}  // namespace
}  // namespace ipc_hammer
