// What a runner needs of a process that it has started: its end, and the end of what dies with it.
#include "stress/process/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "properties/testing/sandbox_main.h"

namespace ipc_hammer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Pipe() {
    CloseEnd(0);
    CloseEnd(1);
  }
  int end(std::size_t which) const { return ends_[which]; }
  void CloseEnd(std::size_t which) {
    if (ends_[which] >= 0) close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// A child with one of its own, which lives until the last writer of the pipe has gone.
Result<ChildProcess> StartFamily(Pipe& life) {
  Pipe there;
  auto child = ChildProcess::Fork([&] {
    if (fork() == 0) {
      life.CloseEnd(1);
      char letter = 'g';
      static_cast<void>(write(there.end(1), &letter, 1));
      static_cast<void>(read(life.end(0), &letter, 1));
      _exit(0);
    }
    pause();
    return 0;
  });
  char letter = 0;
  EXPECT_EQ(read(there.end(0), &letter, 1), 1);
  return child;
}

TEST(ChildProcess, TheGroupOfADeadOneIsEmptyOnceItHasBeenAwaited) {
  Pipe life;
  auto child = StartFamily(life);
  ASSERT_TRUE(child);
  life.CloseEnd(1);
  child->End();
  child->AwaitGroup(Deadline::After(seconds(10)));
  EXPECT_EQ(kill(-child->pid(), 0), -1);
}

TEST(ChildProcess, AGroupThatLivesOnIsNotAwaitedForEver) {
  Pipe life;
  auto child = StartFamily(life);
  ASSERT_TRUE(child);
  child->End();
  child->AwaitGroup(Deadline::After(milliseconds(20)));
  EXPECT_EQ(kill(-child->pid(), 0), 0) << "the grandchild waits for this test's end of the pipe";
  life.CloseEnd(1);
  child->AwaitGroup(Deadline::After(seconds(10)));
}

TEST(ChildProcess, ItsEndIsAwaitedAndNoLongerThanAsked) {
  auto ends = ChildProcess::Fork([] { return 7; });
  ASSERT_TRUE(ends);
  ends->AwaitEnd(Deadline::After(seconds(10)));
  ASSERT_FALSE(ends->alive());
  EXPECT_EQ(WEXITSTATUS(ends->wait_status()), 7);
  auto stays = ChildProcess::Fork([] { return pause(); });
  ASSERT_TRUE(stays);
  stays->AwaitEnd(Deadline::After(milliseconds(20)));
  EXPECT_TRUE(stays->alive());
}

// A run that is asked to stop meanwhile must not take a probe for one that hangs.
TEST(ChildProcess, ASignalDoesNotEndTheWaitForIt) {
  struct sigaction action{}, before{};
  action.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  const itimerval often{{0, 1000}, {0, 1000}}, never{};
  ASSERT_EQ(setitimer(ITIMER_REAL, &often, nullptr), 0);
  auto child = ChildProcess::Fork([] {
    usleep(50'000);
    return 0;
  });
  ASSERT_TRUE(child);
  child->AwaitEnd(Deadline::After(seconds(10)));
  EXPECT_FALSE(child->alive());
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
}

}  // namespace
}  // namespace ipc_hammer
