// How the pool shares its seconds. The clock is real; what is compared are shares of one run.
#include "stress/jobs/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "transports/deadline.h"

namespace ipc_hammer {
namespace {

// Takes its share, or so many seconds, whatever it was given.
class WaitingTask : public Task {
 public:
  explicit WaitingTask(double takes_seconds = 0) : takes_(takes_seconds) {}

  double share() const { return share_; }

  std::string Label() const override { return "waiting"; }
  void Start(double seconds) override {
    share_ = seconds;
    until_ns_ = MonotonicNs() + static_cast<std::int64_t>((takes_ > 0 ? takes_ : seconds) * 1e9);
  }
  bool Poll() override { return is_told_ || MonotonicNs() >= until_ns_; }
  void Terminate() override { is_told_ = true; }
  void Kill() override { is_told_ = true; }

 private:
  const double takes_;
  double share_ = 0;
  std::int64_t until_ns_ = 0;
  bool is_told_ = false;
};

std::vector<double> SharesOf(const std::vector<double>& takes, double seconds) {
  std::vector<std::unique_ptr<Task>> tasks;
  for (const double seconds_taken : takes) {
    tasks.push_back(std::make_unique<WaitingTask>(seconds_taken));
  }
  PoolOptions options;
  options.side_by_side = 2;
  options.seconds = seconds;
  EXPECT_EQ(RunPool(tasks, options), 0);
  std::vector<double> shares;
  for (const auto& task : tasks) shares.push_back(static_cast<WaitingTask&>(*task).share());
  return shares;
}

TEST(Pool, EachHasItsShareOfTheTime) {
  const std::vector<double> shares = SharesOf({0, 0, 0, 0}, 2);
  EXPECT_NEAR(shares[0], 1.0, 0.1);
  EXPECT_NEAR(shares[1], 1.0, 0.1);
  // Later by what the pool sleeps between two looks.
  EXPECT_GT(shares[2], 0.5);
  EXPECT_GT(shares[3], 0.5);
}

TEST(Pool, WhoOverstaysTakesTheShareOfNobodyAlone) {
  // Of six seconds the first keeps a place for all. The least share is a tenth of a second.
  const std::vector<double> shares = SharesOf({6, 0, 0, 0, 0}, 6);
  EXPECT_GT(shares[4], 0.2);
}

TEST(Pool, WithoutALimitEachTakesAsLongAsItTakes) {
  EXPECT_EQ(SharesOf({0.2, 0.1}, 0), (std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace ipc_hammer
