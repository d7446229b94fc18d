#include "stress/jobs/fuzzer_status.h"

#include <gtest/gtest.h>

namespace ipc_hammer {
namespace {

TEST(FuzzerStatus, ALineTellsCoverageAndCorpus) {
  const auto reached = ReachedIn(
      "#4096\tNEW    cov: 1311 ft: 4211 corp: 215/9834b lim: 4096 exec/s: 1365 rss: 60Mb");
  ASSERT_TRUE(reached);
  EXPECT_EQ(reached->edges, 1311u);
  EXPECT_EQ(reached->features, 4211u);
  EXPECT_EQ(reached->corpus_inputs, 215u);
  EXPECT_EQ(reached->corpus_bytes, 9834u);
}

TEST(FuzzerStatus, CorpusBytesHaveUnits) {
  EXPECT_EQ(ReachedIn("#1\tREDUCE cov: 1 ft: 1 corp: 2/12Kb lim: 4")->corpus_bytes, 12288u);
  EXPECT_EQ(ReachedIn("#1\tpulse  cov: 1 ft: 1 corp: 2/3Mb lim: 4")->corpus_bytes, 3145728u);
}

TEST(FuzzerStatus, OtherLinesTellNothing) {
  EXPECT_FALSE(ReachedIn("#0\tREAD units: 22"));
  EXPECT_FALSE(ReachedIn("INFO: cov: 12 ft: 13"));
  EXPECT_FALSE(ReachedIn("    #0 0x55 in main cov.cc:3"));
  EXPECT_FALSE(ReachedIn("# cov: many"));
  EXPECT_FALSE(ReachedIn(""));
}

TEST(FuzzerStatus, ALineThatWasCutOffTellsWhatIsLeft) {
  const auto reached = ReachedIn("#64\tpulse cov: 3");
  ASSERT_TRUE(reached);
  EXPECT_EQ(reached->edges, 3u);
  EXPECT_EQ(reached->corpus_inputs, 0u);
}

}  // namespace
}  // namespace ipc_hammer
