// The census sees each thing that can be left behind, exactly, and nothing else. Built once to run
// in the sandbox and once to run un-isolated.
#include "properties/census/census.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "properties/census/leaks.h"
#include "properties/testing/sandbox_main.h"

namespace ipc_hammer {
namespace {

using What = CensusChange::What;
using testing::HasSubstr;

constexpr int kLeaksMax = 10;
constexpr int kManyDescriptors = 4000;

CensusScope Scope() { return ScopeOf(TestSandbox()); }

Census Take() { return TakeCensus(Scope()); }

std::map<CensusKind, int> Counts(const CensusDifference& difference, What what) {
  std::map<CensusKind, int> counts;
  for (const CensusChange& change : difference.changes) {
    if (change.what == what) ++counts[change.item.kind];
  }
  return counts;
}

// What the leaks must look like in a difference, and that it says nothing else.
void ExpectExactly(const CensusDifference& difference, What what,
                   const std::map<CensusKind, int>& expected) {
  EXPECT_EQ(Counts(difference, what), expected) << ToString(difference);
  std::size_t total = 0;
  for (const auto& [kind, count] : expected) total += static_cast<std::size_t>(count);
  EXPECT_EQ(difference.changes.size(), total) << ToString(difference);
  EXPECT_TRUE(difference.unknown.empty()) << ToString(difference);
}

std::map<CensusKind, int> Expected(const Leak& leak) {
  std::map<CensusKind, int> counts;
  for (const CensusKind kind : leak.expected) ++counts[kind];
  return counts;
}

TEST(CensusTest, EachLeakAppearsAndVanishes) {
  for (const Leak& leak : CountedLeaks(TestSandbox())) {
    SCOPED_TRACE(leak.name);
    const Census before = Take();
    const auto undo = leak.make();
    const Census with = Take();
    undo();
    ExpectExactly(Compare(before, with), What::kAppeared, Expected(leak));
    ExpectExactly(Compare(with, before), What::kVanished, Expected(leak));
    EXPECT_TRUE(Compare(before, Take()).clean()) << ToString(Compare(before, Take()));
  }
}

TEST(CensusTest, WhatIsNotCountedUnisolatedIsSaid) {
  const Census before = Take();
  EXPECT_EQ(before.limits.empty(), TestSandbox().isolated);
  EXPECT_EQ(UncountedLeaks(TestSandbox()).empty(), TestSandbox().isolated);
  if (!TestSandbox().isolated) {
    EXPECT_THAT(before.limits, HasSubstr("not isolated (refused on request)"));
    EXPECT_THAT(before.limits, HasSubstr("no System V ids"));
    EXPECT_THAT(before.limits, HasSubstr(TestSandbox().name_prefix));
  }
  for (const Leak& leak : UncountedLeaks(TestSandbox())) {
    const auto undo = leak.make();
    EXPECT_TRUE(Compare(before, Take()).clean()) << leak.name;
    undo();
  }
}

TEST(CensusTest, NamesOfOthersDoNotCountUnisolated) {
  SandboxReport other = TestSandbox();
  other.name_prefix = "other." + std::to_string(getpid()) + ".";
  const Census before = Take();
  for (const Leak& leak : CountedLeaks(other)) {
    if (leak.name != "shared_memory" && leak.name != "semaphore" && leak.name != "queue") continue;
    const auto undo = leak.make();
    EXPECT_EQ(Compare(before, Take()).clean(), !TestSandbox().isolated) << leak.name;
    undo();
  }
}

TEST(CensusTest, NothingChangedIsClean) {
  const Census before = Take();
  for (int i = 0; i < 1000; ++i) {
    const CensusDifference difference = Compare(before, Take());
    ASSERT_TRUE(difference.clean()) << "round " << i << "\n" << ToString(difference);
  }
  EXPECT_EQ(ToString(Compare(before, before)), TestSandbox().isolated ? "" : before.limits + "\n");
}

TEST(CensusTest, WhatWasUndoneIsClean) {
  const std::vector<Leak> leaks = CountedLeaks(TestSandbox());
  const Census before = Take();
  for (int i = 0; i < 3; ++i) {
    for (const Leak& leak : leaks) {
      leak.make()();
      const CensusDifference difference = Compare(before, Take());
      ASSERT_TRUE(difference.clean()) << leak.name << "\n" << ToString(difference);
    }
  }
}

// The kernel ends a join before the thread has released its descriptors. One that has many of its
// own is still listed afterwards, for as long as that takes.
TEST(CensusTest, JoinedThreadIsGone) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit most = {limit.rlim_max, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &most), 0);
  const Census before = Take();
  for (int i = 0; i < 20; ++i) {
    std::thread([] {
      if (syscall(SYS_unshare, CLONE_FILES) != 0) return;
      for (int opened = 0; opened < kManyDescriptors && syscall(SYS_eventfd2, 0, 0) >= 0;) ++opened;
    }).join();
    const CensusDifference difference = Compare(before, Take());
    EXPECT_TRUE(difference.clean()) << "round " << i << "\n" << ToString(difference);
  }
  setrlimit(RLIMIT_NOFILE, &limit);
}

RC_GTEST_PROP(CensusProperty, ReportsAnySetOfLeaksExactly, ()) {
  const std::vector<Leak> leaks = CountedLeaks(TestSandbox());
  // At a small size inRange would draw from the beginning of the range only.
  const auto one =
      rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, leaks.size()));
  const auto chosen =
      *rc::gen::resize(kLeaksMax, rc::gen::container<std::vector<std::size_t>>(one)).as("leaks");
  const Census before = Take();
  std::map<CensusKind, int> expected;
  std::vector<std::function<void()>> undo;
  // Threads come last: a fork after them would be that of a process with threads.
  for (const bool threads : {false, true}) {
    for (const std::size_t index : chosen) {
      const Leak& leak = leaks[index];
      if ((leak.name == "thread") != threads) continue;
      for (const auto& [kind, count] : Expected(leak)) expected[kind] += count;
      undo.push_back(leak.make());
    }
  }
  const CensusDifference difference = Compare(before, Take());
  for (auto last = undo.rbegin(); last != undo.rend(); ++last) (*last)();
  const CensusDifference after = Compare(before, Take());
  RC_LOG() << ToString(difference);
  RC_ASSERT(Counts(difference, What::kAppeared) == expected);
  RC_ASSERT(Counts(difference, What::kVanished).empty());
  RC_ASSERT(Counts(difference, What::kChanged).empty());
  RC_LOG() << ToString(after);
  RC_ASSERT(after.clean());
}

TEST(CensusTest, ChangedFlagOfADescriptorIsAChange) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const Census before = Take();
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const CensusDifference nonblocking = Compare(before, Take());
  ExpectExactly(nonblocking, What::kChanged, {{CensusKind::kDescriptor, 1}});
  EXPECT_THAT(ToString(nonblocking), HasSubstr("close-on-exec -> pipe:["));
  EXPECT_THAT(ToString(nonblocking), HasSubstr(", nonblocking, close-on-exec\n"));
  fcntl(ends[0], F_SETFL, 0);
  fcntl(ends[1], F_SETFD, 0);
  ExpectExactly(Compare(before, Take()), What::kChanged, {{CensusKind::kDescriptor, 1}});
  close(ends[0]);
  close(ends[1]);
}

TEST(CensusTest, DescriptorExchangedForAnotherIsAChange) {
  const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const Census before = Take();
  const int other = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(dup3(other, first, O_CLOEXEC), first);
  close(other);
  ExpectExactly(Compare(before, Take()), What::kChanged, {{CensusKind::kDescriptor, 1}});
  close(first);
}

TEST(CensusTest, ChangedValueOfASemaphoreIsAChange) {
  const std::string name = "/" + TestSandbox().name_prefix + "value";
  sem_t* semaphore = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 3);
  ASSERT_NE(semaphore, SEM_FAILED);
  const Census before = Take();
  sem_wait(semaphore);
  const CensusDifference difference = Compare(before, Take());
  sem_close(semaphore);
  sem_unlink(name.c_str());
  ExpectExactly(difference, What::kChanged, {{CensusKind::kSemaphore, 1}});
  EXPECT_THAT(ToString(difference), HasSubstr("value 3, mode 0600"));
  EXPECT_THAT(ToString(difference), HasSubstr("value 2, mode 0600"));
}

TEST(CensusTest, MessageLeftInAQueueIsAChange) {
  if (TestSandbox().queue_folder.empty()) return;  // said in Census::limits
  const std::string name = "/" + TestSandbox().name_prefix + "message";
  mq_attr attr = {};
  attr.mq_maxmsg = 2;
  attr.mq_msgsize = 8;
  const mqd_t queue = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, &attr);
  const Census before = Take();
  ASSERT_EQ(mq_send(queue, "x", 1, 0), 0);
  const CensusDifference difference = Compare(before, Take());
  mq_close(queue);
  mq_unlink(name.c_str());
  ExpectExactly(difference, What::kChanged, {{CensusKind::kQueue, 1}});
}

TEST(CensusTest, ChangedSystemVSemaphoreIsAChange) {
  if (!TestSandbox().isolated) return;  // said in Census::limits
  const int id = semget(IPC_PRIVATE, 2, 0600);
  const Census before = Take();
  sembuf up = {1, 5, 0};
  ASSERT_EQ(semop(id, &up, 1), 0);
  const CensusDifference difference = Compare(before, Take());
  semctl(id, 0, IPC_RMID);
  ExpectExactly(difference, What::kChanged, {{CensusKind::kSysvSemaphore, 1}});
  EXPECT_THAT(ToString(difference), HasSubstr("values 0 0 -> "));
}

// mprotect cuts a mapping in pieces for the kernel, yet it stays one.
TEST(CensusTest, SplitMappingStaysOne) {
  const int fd = memfd_create("split", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(fd, 3 * 4096), 0);
  void* memory = mmap(nullptr, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const Census before = Take();
  mprotect(static_cast<char*>(memory) + 4096, 4096, PROT_READ);
  const CensusDifference split = Compare(before, Take());
  munmap(static_cast<char*>(memory) + 8192, 4096);
  const CensusDifference shorter = Compare(before, Take());
  munmap(memory, 8192);
  close(fd);
  EXPECT_TRUE(split.clean()) << ToString(split);
  ExpectExactly(shorter, What::kChanged, {{CensusKind::kMapping, 1}});
}

// A verdict that could not be reached is not a clean one.
TEST(CensusTest, NoFreeDescriptorIsUnknownAndNotClean) {
  const Census before = Take();
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const CensusDifference difference = Compare(before, Take());
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_FALSE(difference.clean());
  EXPECT_THAT(ToString(difference), HasSubstr("not counted: /proc/self/fd: Too many open files"));
}

TEST(CensusTest, SeesTheDescriptorsOfAnotherProcess) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const Census census = TakeProcessCensus(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  for (const int fd : ends) {
    const bool found = std::any_of(census.items.begin(), census.items.end(), [&](const auto& item) {
      return item.kind == CensusKind::kDescriptor && item.identity == std::to_string(fd) &&
             item.state.starts_with("pipe:[") && item.state.ends_with(", close-on-exec");
    });
    EXPECT_TRUE(found) << fd;
    close(fd);
  }
}

TEST(CensusTest, DifferenceReadsWell) {
  const std::string name = "/" + TestSandbox().name_prefix + "named";
  const Census before = Take();
  const int fd = shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0640);
  ASSERT_EQ(ftruncate(fd, 4096), 0);
  close(fd);
  const CensusDifference difference = Compare(before, Take());
  shm_unlink(name.c_str());
  EXPECT_THAT(ToString(difference),
              testing::MatchesRegex("\\+1 shared memory /dev/shm/[^ ]*named inode [0-9]+: "
                                    "4096 bytes, mode 0640, owner [0-9]+\n(not isolated.*\n)?"));
  EXPECT_EQ(difference.Count(What::kAppeared, CensusKind::kSharedMemory), 1);
  EXPECT_EQ(difference.Count(What::kVanished, CensusKind::kSharedMemory), 0);
}

}  // namespace
}  // namespace ipc_hammer
