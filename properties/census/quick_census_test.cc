// The quick census notices what it promises to and nothing else. Built once to run in the sandbox
// and once to run un-isolated.
#include "properties/census/quick_census.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "properties/census/census.h"
#include "properties/census/leaks.h"
#include "properties/testing/sandbox_main.h"

namespace ipc_hammer {
namespace {

QuickCensus OpenQuick(DescriptorsBy by = DescriptorsBy::kStat) {
  Result<QuickCensus> quick = QuickCensus::Open(ScopeOf(TestSandbox()), by);
  if (!quick) ADD_FAILURE() << ToString(quick.error());
  return std::move(*quick);
}

class QuickCensusTest : public testing::TestWithParam<DescriptorsBy> {};

INSTANTIATE_TEST_SUITE_P(, QuickCensusTest,
                         testing::Values(DescriptorsBy::kStat, DescriptorsBy::kPoll),
                         [](const auto& by) {
                           return by.param == DescriptorsBy::kStat ? "stat" : "poll";
                         });

TEST_P(QuickCensusTest, NoticesEachLeakThatItPromisesAndNoOther) {
  const QuickCensus quick = OpenQuick(GetParam());
  for (const Leak& leak : CountedLeaks(TestSandbox())) {
    const QuickCounts before = quick.Take();
    const auto undo = leak.make();
    EXPECT_EQ(quick.Take() != before, leak.quick) << leak.name << ": " << ToString(quick.Take());
    undo();
    EXPECT_EQ(quick.Take(), before) << leak.name;
  }
}

TEST_P(QuickCensusTest, NothingChangedIsEqual) {
  const QuickCensus quick = OpenQuick(GetParam());
  const QuickCounts before = quick.Take();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(quick.Take(), before) << i;
}

TEST_P(QuickCensusTest, NoticesOneMoreOfEach) {
  const QuickCensus quick = OpenQuick(GetParam());
  for (const Leak& leak : CountedLeaks(TestSandbox())) {
    if (!leak.quick) continue;
    const auto undo_first = leak.make();
    const QuickCounts one = quick.Take();
    const auto undo_second = leak.make();
    EXPECT_NE(quick.Take(), one) << leak.name;
    undo_second();
    undo_first();
  }
}

TEST_P(QuickCensusTest, CountsManyDescriptors) {
  const QuickCensus quick = OpenQuick(GetParam());
  const std::uint64_t before = quick.Take().descriptors;
  std::vector<int> many;
  for (int i = 0; i < 300; ++i) many.push_back(dup(0));
  EXPECT_EQ(quick.Take().descriptors, before + 300);
  for (const int fd : many) close(fd);
  EXPECT_EQ(quick.Take().descriptors, before);
}

TEST(QuickCensusOnceTest, NoticesUnlinkedSharedMemoryThatIsStillHeld) {
  if (!TestSandbox().isolated) return;  // un-isolated, names are counted
  const QuickCensus quick = OpenQuick();
  const QuickCounts before = quick.Take();
  const std::string name = "/" + TestSandbox().name_prefix + "unlinked";
  const int fd = shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
  ASSERT_EQ(ftruncate(fd, 4096), 0);
  void* memory = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  shm_unlink(name.c_str());
  EXPECT_NE(quick.Take(), before);
  munmap(memory, 4096);
  EXPECT_EQ(quick.Take(), before);
}

TEST(QuickCensusOnceTest, LeavesNothingItself) {
  const Census before = TakeCensus(ScopeOf(TestSandbox()));
  {
    QuickCensus quick = OpenQuick();
    const QuickCensus moved = std::move(quick);
    moved.Take();
  }
  const CensusDifference difference = Compare(before, TakeCensus(ScopeOf(TestSandbox())));
  EXPECT_TRUE(difference.clean()) << ToString(difference);
}

}  // namespace
}  // namespace ipc_hammer
