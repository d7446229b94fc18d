#include "transports/shared_memory/lock_free/shm_spsc.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <random>
#include <string>

#include "transports/sys/test_process.h"

namespace ipc_hammer {
namespace {

const Deadline kNow = Deadline::Now();

class ShmSpscTest : public testing::Test {
 protected:
  ShmSpscTest() {
    name_.text = "spsc_test." + std::to_string(std::random_device{}()) + std::to_string(getpid());
  }
  ~ShmSpscTest() override {
    channel_.reset();
    EXPECT_NE(access(("/dev/shm/" + name_.text).c_str(), F_OK), 0) << "the object is left";
    EXPECT_NE(access(("/dev/shm/" + name_.text + ".shm_spsc.lock").c_str(), F_OK), 0);
  }

  Errc AttachError(Role role) {
    const auto end = channel_->Attach(role, kNow);
    return end ? Errc::kClosed : end.error().code;  // kClosed: it was attached
  }
  Errc OpenError(Role role) {
    const auto end = kind_.open(name_, role, options_, kNow);
    return end ? Errc::kClosed : end.error().code;  // kClosed: it was opened
  }
  static Result<Received> Take(Endpoint& from) {
    std::array<std::byte, 4096> buffer;
    return from.Receive(buffer, kNow);
  }

  TransportKind kind_ = ShmSpsc();
  ChannelName name_;
  Options options_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(ShmSpscTest, ARoleIsTakenUntilItsEndpointIsDestroyed) {
  channel_ = kind_.create(name_, options_).value();
  for (const Role role : {Role::kProducer, Role::kConsumer}) {
    auto attached = channel_->Attach(role, kNow).value();
    EXPECT_TRUE(attached->CloseDirection(Direction::kSend));
    EXPECT_TRUE(attached->CloseDirection(Direction::kReceive));
    EXPECT_EQ(AttachError(role), Errc::kInvalidArgument);
    EXPECT_EQ(OpenError(role), Errc::kWouldBlock);
    attached.reset();
    const auto opened = kind_.open(name_, role, options_, kNow).value();
    EXPECT_EQ(AttachError(role), Errc::kWouldBlock);
  }
  EXPECT_EQ(AttachError(Role::kProducer), Errc::kClosed);
}

TEST_F(ShmSpscTest, ADeadProducersRoleIsTakenAndItsMessagesArriveFirst) {
  channel_ = kind_.create(name_, options_).value();
  const auto consumer = channel_->Attach(Role::kConsumer, kNow).value();
  const std::byte payload[2] = {};
  for (int life = 0; life < 3; ++life) {
    EXPECT_EQ(RunInChild([&] {
                const auto producer = channel_->Attach(Role::kProducer, kNow);
                return producer && (*producer)->Send(payload, 0, kNow) ? raise(SIGKILL) : 1;
              }),
              -SIGKILL);
  }
  const auto producer = channel_->Attach(Role::kProducer, kNow).value();
  EXPECT_TRUE(producer->Send({}, 0, kNow));
  for (const std::size_t size : {2, 2, 2, 0}) EXPECT_EQ(Take(*consumer)->size_bytes, size);
  EXPECT_EQ(Take(*consumer).error().code, Errc::kWouldBlock);
}

TEST_F(ShmSpscTest, AChildsExitReleasesNoRoleOfItsParent) {
  channel_ = kind_.create(name_, options_).value();
  auto producer = channel_->Attach(Role::kProducer, kNow).value();
  EXPECT_EQ(RunInChild([&] {
              producer.reset();
              return AttachError(Role::kProducer) == Errc::kWouldBlock ? 0 : 1;
            }),
            0);
  EXPECT_EQ(OpenError(Role::kProducer), Errc::kWouldBlock);
  EXPECT_TRUE(producer->Send({}, 0, kNow));
}

TEST_F(ShmSpscTest, AttachWorksAfterUnlink) {
  channel_ = kind_.create(name_, options_).value();
  EXPECT_TRUE(channel_->Unlink());
  const auto producer = channel_->Attach(Role::kProducer, kNow).value();
  EXPECT_TRUE(producer->Send({}, 0, kNow));
  EXPECT_TRUE(Take(*channel_->Attach(Role::kConsumer, kNow).value()));
  EXPECT_EQ(OpenError(Role::kProducer), Errc::kNotFound);
}

}  // namespace
}  // namespace ipc_hammer
