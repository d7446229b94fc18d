#include "transports/semaphore/sem_unnamed.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

class SemUnnamedTest : public testing::Test {
 protected:
  std::unique_ptr<Endpoint> Attach(Role role) { return channel_->Attach(role, kNow).value(); }

  const std::unique_ptr<Channel> channel_ =
      SemUnnamed().create({.text = "sem_unnamed_test"}, {}).value();
};

TEST_F(SemUnnamedTest, OneSemaphoreForAllRelatives) {
  const auto consumer = Attach(Role::kConsumer);
  EXPECT_EQ(consumer->Receive({}, kNow).error().code, Errc::kWouldBlock);
  const pid_t child = ForkChild([this] {
    const auto producer = Attach(Role::kProducer);
    for (int i = 0; i < 3; ++i) {
      if (!producer->Send({}, 0, kNow)) return 1;
    }
    return 0;
  });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(consumer->Receive({}, Deadline::Never()));
  EXPECT_EQ(WaitForExit(child), 0);
  EXPECT_EQ(consumer->Receive({}, kNow).error().code, Errc::kWouldBlock);
}

TEST_F(SemUnnamedTest, AKilledRelativesTokensStay) {
  EXPECT_EQ(RunInChild([this] {
              const auto producer = Attach(Role::kProducer);
              return producer->Send({}, 0, kNow) ? raise(SIGKILL) : 1;
            }),
            -SIGKILL);
  EXPECT_TRUE(Attach(Role::kConsumer)->Receive({}, kNow));
}

TEST_F(SemUnnamedTest, ChannelsOfOneNameHaveNothingInCommon) {
  const auto other = SemUnnamed().create({.text = "sem_unnamed_test"}, {}).value();
  EXPECT_TRUE(other->Attach(Role::kProducer, kNow).value()->Send({}, 0, kNow));
  EXPECT_EQ(Attach(Role::kConsumer)->Receive({}, kNow).error().code, Errc::kWouldBlock);
}

TEST_F(SemUnnamedTest, ABlockedReceiveNoticesThatItsDirectionWasClosed) {
  const auto consumer = Attach(Role::kConsumer);
  std::thread blocked(
      [&] { EXPECT_EQ(consumer->Receive({}, Deadline::Never()).error().code, Errc::kClosed); });
  EXPECT_TRUE(consumer->CloseDirection(Direction::kReceive));
  blocked.join();
}

}  // namespace
}  // namespace ipc_hammer
